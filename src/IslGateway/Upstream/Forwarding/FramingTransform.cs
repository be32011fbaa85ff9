using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Treats an answer as broken if its head gives its length in two ways, or in no readable way (RFC 9112, section 6.3). The HTTP client
/// would pick one and might relay half an answer, or more than one, as a complete one. An answer whose status allows no body ends with its
/// head; a length that it claims is dropped, because the server refuses to write it.
/// </summary>
internal static class FramingTransform
{
    /// <exception cref="IOException">Makes the forwarder give up the answer.</exception>
    public static ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse is not { } response) return default;
        if (IsAmbiguous(response)) throw new IOException("The framing of the answer is ambiguous.");

        var answer = context.HttpContext.Response;
        if (answer.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent)
            answer.Headers.Remove(HeaderNames.ContentLength);

        // A 205 has no content (RFC 9110, section 15.3.6); if some comes, it is not passed on.
        if (answer.StatusCode == StatusCodes.Status205ResetContent) context.SuppressResponseBody = true;
        return default;
    }

    private static bool IsAmbiguous(HttpResponseMessage response)
    {
        var hasLength = response.Content.Headers.NonValidated.TryGetValues(HeaderNames.ContentLength, out var lengths);
        if (hasLength && !IsLength(lengths.Count, lengths.ToString())) return true;
        return response.Headers.NonValidated.TryGetValues(HeaderNames.TransferEncoding, out var codings) && !EndsWithItsHead(response)
            && (hasLength || !codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsLength(int lines, string text) =>
        lines == 1 && text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    /// <summary>Whether the status allows no body (RFC 9112, section 6.3, first rule).</summary>
    private static bool EndsWithItsHead(HttpResponseMessage response) =>
        response.RequestMessage?.Method == HttpMethod.Head
        || (int)response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified;
}
