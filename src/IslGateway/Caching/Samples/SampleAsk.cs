namespace IslGateway.Caching.Samples;

/// <summary>
/// What is known of the samples that a request asks for, once it has said how it wants them or takes part in an experiment.
/// </summary>
internal sealed class SampleAsk
{
    /// <summary>The number that its body names by now; null: none that the gateway can read.</summary>
    public required int? Count { get; init; }

    /// <summary>The experiment that chose the number, and its arm: <c>NAME=ARM</c>; null: the caller did.</summary>
    public string? Experiment { get; init; }

    /// <summary>Whether a stored answer with more samples will do.</summary>
    public bool AtLeast { get; init; }

    /// <summary>The number that the served answer was asked with, where that is a larger one.</summary>
    public int? Served { get; set; }
}
