using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Takes an answer for broken whose head says in two ways where it ends, or in none that can be read (RFC 9112, section 6.3). The HTTP
/// client picks one of them and would relay what may be half an answer, or more than one, as whole. An answer that has no body by its
/// status ends with its head, whatever that says; what it says of a length does not go on, since the server refuses to write it.
/// </summary>
internal static class FramingTransform
{
    /// <exception cref="IOException">Makes the forwarder give the answer up.</exception>
    public static ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse is not { } response) return default;
        if (IsAmbiguous(response)) throw new IOException("The framing of the answer is ambiguous.");

        var answer = context.HttpContext.Response;
        if (answer.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent)
            answer.Headers.Remove(HeaderNames.ContentLength);

        // RFC 9110, section 15.3.6: a 205 has no content. What comes with it all the same is not the caller's.
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

    /// <summary>RFC 9112, section 6.3, first rule.</summary>
    private static bool EndsWithItsHead(HttpResponseMessage response) =>
        response.RequestMessage?.Method == HttpMethod.Head
        || (int)response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified;
}
