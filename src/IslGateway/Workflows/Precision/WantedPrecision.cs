using IslGateway.Caching.Samples;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using Microsoft.Extensions.Primitives;

namespace IslGateway.Workflows.Precision;

/// <summary>
/// What a request's headers say of the samples that it wants.
/// <code>
///   X-Isl-Confidence: 0.90 / 0.95 / 0.99     half the row's baseline, the baseline, twice that, where the body names no number
///   X-Isl-Precision: at-least                a stored answer with more samples will do
/// </code>
/// </summary>
/// <param name="Confidence">The confidence in hundredths; null: none is named.</param>
/// <param name="AtLeast">Whether a stored answer with more will do.</param>
internal readonly record struct WantedPrecision(int? Confidence, bool AtLeast)
{
    private const string AtLeastWord = "at-least";

    /// <summary>Reads them.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="wanted">What they say.</param>
    /// <returns>What is wrong with them; null: nothing.</returns>
    public static Problem? TryRead(IHeaderDictionary headers, out WantedPrecision wanted)
    {
        wanted = default;
        int? confidence = null;
        if (headers.TryGetValue(SampleHeaders.Confidence, out var level))
        {
            confidence = Only(level) switch { "0.90" or "0.9" => 90, "0.95" => 95, "0.99" => 99, _ => null };
            if (confidence is null) return Problems.WrongPrecisionHeader(SampleHeaders.Confidence, level.ToString(), "0.90, 0.95 or 0.99");
        }

        var hasPrecision = headers.TryGetValue(SampleHeaders.Precision, out var precision);
        if (hasPrecision && !AtLeastWord.Equals(Only(precision), StringComparison.OrdinalIgnoreCase))
            return Problems.WrongPrecisionHeader(SampleHeaders.Precision, precision.ToString(), AtLeastWord);
        wanted = new WantedPrecision(confidence, hasPrecision);
        return null;
    }

    /// <summary>The number of samples that the confidence stands for; null: none is named.</summary>
    public int? CountFor(RowSamples samples) => Confidence switch
    {
        90 => samples.Half,
        95 => samples.Baseline,
        99 => samples.Twice,
        _ => null,
    };

    private static string? Only(StringValues values) => values is [{ } only] ? only.Trim(' ', '\t') : null;
}
