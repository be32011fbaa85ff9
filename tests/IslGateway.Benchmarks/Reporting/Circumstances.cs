using System.Globalization;
using System.Runtime.InteropServices;
using IslGateway.Benchmarks.Measuring;
using IslGateway.Benchmarks.Processes;

namespace IslGateway.Benchmarks.Reporting;

/// <summary>When, where and how the figures came about.</summary>
internal sealed record Circumstances(string Date, string Machine, string Runtime, int Rounds, double Seconds, int NoisyRounds)
{
    public static Circumstances Of(Session session) => new(
        TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
        $"{ProcFiles.CpuModel()}, {File.ReadLines("/proc/stat").Count(line => line.StartsWith("cpu", StringComparison.Ordinal)) - 1} cores",
        RuntimeInformation.FrameworkDescription, session.Plan.Rounds, session.Plan.Time.TotalSeconds, session.NoisyRounds);

    public override string ToString() =>
        $"{Date}, {Machine}, {Runtime}; server on one core, load and upstream on another; {Rounds} rounds of {Seconds} s, by turns."
        + (NoisyRounds > 0 ? $" **Not a quiet machine: others disturbed {NoisyRounds} rounds that were kept.**" : "");
}
