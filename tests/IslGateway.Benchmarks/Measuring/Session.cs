using IslGateway.Benchmarks.Servers;

namespace IslGateway.Benchmarks.Measuring;

/// <summary>One run of the command.</summary>
/// <param name="Bench">The servers.</param>
/// <param name="Plan">How long and how often.</param>
/// <param name="Findings">What came out so far.</param>
/// <param name="Say">Tells the operator how it goes.</param>
internal sealed record Session(Bench Bench, Plan Plan, Findings Findings, Action<string> Say)
{
    /// <summary>Rounds that were kept although others used the machine.</summary>
    public int NoisyRounds { get; set; }
}
