using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Rollover</c>: what is done when ISL has changed, within the budget of section <c>Warming</c>.</summary>
internal sealed class RolloverOptions
{
    /// <summary>
    /// Whether kept requests (<c>Cache:KeepRequests</c>) are asked again after ISL's configuration or build has changed, under
    /// <c>Warming:Credentials</c> and while ISL is idle.
    /// </summary>
    public bool Enabled { get; init; }

    /// <summary>Requests that are asked again after one change at most: those that are worth most.</summary>
    [NumberRange(1, 1_000_000)]
    public int MaxRequests { get; init; } = 1_000;

    /// <summary>How long after a change requests are asked again, at most; counted from the first.</summary>
    [DurationRange("1s", "1d")]
    public TimeSpan MaxDuration { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// The relative change of a number, 0 to 2, up to which an answer of the new ISL counts as one that does not differ, as
    /// <c>--tolerance</c> of <c>islgateway compare</c>. Holds from the next rollover on.
    /// </summary>
    [NumberRange(0, 2)]
    public double Tolerance { get; init; }
}
