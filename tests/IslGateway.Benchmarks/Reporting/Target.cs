using IslGateway.Benchmarks.Measuring;

namespace IslGateway.Benchmarks.Reporting;

/// <summary>One thing that has to hold.</summary>
/// <param name="Workload">The measurement that tells.</param>
/// <param name="IsMust">Whether it must hold, or is a goal.</param>
/// <param name="Text">What it is, with the limit, for readers.</param>
/// <param name="Limit">The value that is still good.</param>
/// <param name="Value">The value; null where it was not measured.</param>
internal sealed record Target(string Workload, bool IsMust, string Text, double Limit, Func<Findings, double?> Value)
{
    public Verdict Judge(Findings findings) => new(this, Value(findings));
}
