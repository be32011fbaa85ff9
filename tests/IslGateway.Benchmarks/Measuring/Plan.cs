namespace IslGateway.Benchmarks.Measuring;

/// <summary>How long and how often is measured.</summary>
/// <param name="Rounds">Rounds of each workload; of an odd number the median is one of them.</param>
/// <param name="Time">Of one server in one round.</param>
/// <param name="AllowNoise">Whether a round counts although others used the machine.</param>
/// <param name="Entries">Entries that are stored to find out what one takes.</param>
internal sealed record Plan(int Rounds, TimeSpan Time, bool AllowNoise, int Entries)
{
    /// <summary>Of each server before the first round of a workload, so that its code is compiled.</summary>
    public TimeSpan WarmUp => Time * 2;

    /// <summary>Before each round: nothing is counted, caches of the processor fill.</summary>
    public static TimeSpan RunIn => TimeSpan.FromMilliseconds(300);
}
