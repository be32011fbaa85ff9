namespace IslGateway.Benchmarks.Reporting;

/// <summary>What became of a target.</summary>
/// <param name="Target">The target.</param>
/// <param name="Value">The value; null where it was not measured.</param>
internal sealed record Verdict(Target Target, double? Value)
{
    public string Word => Value switch
    {
        null => "not measured",
        var value when value <= Target.Limit => "met",
        _ => Target.IsMust ? "MISSED" : "not met",
    };
}
