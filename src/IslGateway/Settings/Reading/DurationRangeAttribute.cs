namespace IslGateway.Settings.Reading;

/// <summary>Gives the inclusive range of a duration, in the notation of the settings (<c>100ms</c>, <c>1d</c>).</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationRangeAttribute(string minimum, string maximum) : Attribute
{
    public string Minimum { get; } = minimum;

    public string Maximum { get; } = maximum;

    /// <summary>Whether <c>off</c> is accepted, too, as <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    public bool AcceptsOff { get; init; }
}
