using System.Globalization;

namespace IslGateway.Caching.Samples;

/// <summary>
/// The headers by which callers choose numbers of samples and learn of them. They are the gateway's: ISL sees none of them.
/// </summary>
internal static class SampleHeaders
{
    /// <summary>Of a request: the confidence that it wants.</summary>
    public const string Confidence = "X-Isl-Confidence";

    /// <summary>Of a request: whether a stored answer with more samples will do.</summary>
    public const string Precision = "X-Isl-Precision";

    /// <summary>Of an answer: the number of samples that ISL was asked for.</summary>
    public const string Samples = "X-Isl-Samples";

    /// <summary>Of an answer: the experiment that the request took part in, and its arm.</summary>
    public const string Experiment = "X-Isl-Experiment";

    /// <summary>Names the number of samples of the answer that begins, if it is one that ISL has computed.</summary>
    public static void Name(HttpResponse response, SampleAsk ask)
    {
        if (response.StatusCode == StatusCodes.Status200OK && (ask.Served ?? ask.Count) is { } samples)
            response.Headers[Samples] = samples.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Whether a request has one of the two that choose.</summary>
    public static bool Choose(IHeaderDictionary headers) => headers.ContainsKey(Confidence) || headers.ContainsKey(Precision);
}
