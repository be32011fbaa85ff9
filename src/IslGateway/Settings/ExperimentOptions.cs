using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>One experiment <c>Experiments:NAME</c>: requests to an endpoint that name no number of samples are given one.</summary>
internal sealed class ExperimentOptions
{
    /// <summary>The name of the row; its <c>Samples</c> are switched on, and no other experiment is made of it.</summary>
    [ReadAtStart]
    public string? Endpoint { get; init; }

    /// <summary>The arms, 1 to 8.</summary>
    [ReadAtStart]
    public ArmOptions[]? Arms { get; init; }

    /// <summary>JSON pointer to a number in ISL's answer, whose mean and variance are told for each arm; none unless set.</summary>
    [ReadAtStart]
    public string? Field { get; init; }
}
