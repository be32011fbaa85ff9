using IslGateway.Settings;

namespace IslGateway.Endpoints;

/// <summary>Where the bodies of a row name a number of samples, and what numbers are usual there.</summary>
/// <param name="Field">The place in the body: names alone, at least one.</param>
/// <param name="Baseline">The number that a confidence of 0.95 stands for; at least 2.</param>
internal sealed record RowSamples(JsonPointer Field, int Baseline)
{
    /// <summary>The most names in <see cref="Field"/>.</summary>
    public const int MaxSegments = 16;

    /// <summary>The number for a confidence of 0.90 (the guide's, like the next); rounded up, so that nobody gets fewer.</summary>
    public int Half => HalfOf(Baseline);

    /// <summary>The number for a confidence of 0.99.</summary>
    public int Twice => 2 * Baseline;

    /// <summary>
    /// Numbers that callers are likely to have asked for, ascending: those of the three confidences, and round larger ones. Others are
    /// known only once they have been seen.
    /// </summary>
    public IReadOnlyList<int> Ladder { get; } = [HalfOf(Baseline), Baseline, 2 * Baseline, 5 * Baseline, 10 * Baseline];

    /// <summary>What a row's options say; null unless they switch it on.</summary>
    public static RowSamples? Of(SamplesOptions? options) => options is { Enabled: true, Field: { } field, Baseline: { } baseline }
        ? new RowSamples(JsonPointer.Parse(field), baseline)
        : null;

    private static int HalfOf(int baseline) => (baseline + 1) / 2;
}
