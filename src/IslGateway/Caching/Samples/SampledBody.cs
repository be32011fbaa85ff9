using IslGateway.Content;
using IslGateway.Outcomes;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Samples;

/// <summary>
/// Puts a number of samples into a request's body. From then on that is the request's body for all that follows: key, check, fill,
/// sentinel.
/// </summary>
internal static class SampledBody
{
    /// <summary>Puts the number there.</summary>
    /// <param name="context">The request.</param>
    /// <param name="plain">Its plain body.</param>
    /// <param name="place">Where it belongs.</param>
    /// <param name="count">The number.</param>
    /// <returns>What is in the way; null: it is there.</returns>
    public static Problem? TrySet(CacheContext context, ReadOnlyMemory<byte> plain, SamplePlace place, int count)
    {
        var (given, limit) = (context.Body!, context.Settings.Limits.MaxRequestBodySize);
        var text = new PooledBuffer(given.Budget, limit);
        var outcome = place.Write(plain.Span, count, text);
        if (outcome != BufferOutcome.Ok)
        {
            text.Dispose();
            return outcome == BufferOutcome.LimitExceeded ? Problems.BodyTooLarge(limit) : Problems.BuffersFull();
        }

        context.Body = new RequestBody(text, ContentCoding.None, "", given.Budget) { IsMislabelled = given.IsMislabelled };
        given.Dispose();
        var headers = context.Http.Request.Headers;
        headers.Remove(HeaderNames.ContentEncoding);
        BodyDigests.Remove(headers);
        headers.ContentLength = text.Length;
        return null;
    }
}
