using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Forwarding;

/// <summary>
/// Takes an answer for broken whose head says in two ways where it ends, or in none that can be read (RFC 9112, section 6.3). The HTTP
/// client picks one of them and would relay what may be half an answer, or more than one, as whole.
/// </summary>
internal static class FramingTransform
{
    /// <exception cref="IOException">Makes the forwarder give the answer up.</exception>
    public static ValueTask ApplyAsync(ResponseTransformContext context) =>
        context.ProxyResponse is { } response && IsAmbiguous(response) ? throw new IOException("The framing of the answer is ambiguous.") : default;

    private static bool IsAmbiguous(HttpResponseMessage response)
    {
        var hasLength = response.Content.Headers.NonValidated.TryGetValues(HeaderNames.ContentLength, out var lengths);
        if (response.Headers.NonValidated.TryGetValues(HeaderNames.TransferEncoding, out var codings))
            return hasLength || !codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase);
        return hasLength && (lengths.Count != 1 || lengths.ToString() is not { Length: > 0 } length || length.AsSpan().ContainsAnyExceptInRange('0', '9'));
    }
}
