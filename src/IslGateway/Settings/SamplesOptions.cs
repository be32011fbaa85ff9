using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>A row's <c>Samples</c> part: where its requests name a number of samples.</summary>
internal sealed class SamplesOptions
{
    /// <summary>
    /// Whether the row takes <c>X-Isl-Confidence</c> and <c>X-Isl-Precision</c>, and experiments; no unless set. For <c>Deterministic</c>
    /// rows, and only while ISL's <c>/openapi.json</c> declares the field.
    /// </summary>
    [ReadAtStart]
    public bool? Enabled { get; init; }

    /// <summary>JSON pointer to the number of samples in the request body; of names alone, and none of <c>IgnoreFields</c>.</summary>
    [ReadAtStart]
    public string? Field { get; init; }

    /// <summary>
    /// The number of samples, 2 to 100,000,000, that a confidence of 0.95 stands for; 0.90 is half of it (rounded up), 0.99 twice.
    /// </summary>
    [ReadAtStart]
    [NumberRange(2, 100_000_000)]
    public int? Baseline { get; init; }
}
