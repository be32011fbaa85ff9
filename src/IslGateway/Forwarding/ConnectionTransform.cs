using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Forwarding;

/// <summary>
/// Removes the headers that <c>Connection</c> names: they are for this hop alone (RFC 9110, section 7.6.1). Beside <c>close</c> and
/// <c>keep-alive</c> the server shows no other word of that header, so that names standing with these pass.
/// </summary>
internal static class ConnectionTransform
{
    public static ValueTask ApplyAsync(RequestTransformContext context)
    {
        foreach (var word in context.HttpContext.Request.Headers.GetCommaSeparatedValues(HeaderNames.Connection))
        {
            var name = word.Trim();
            // What is no header name cannot have been sent as one.
            if (name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)))
                RequestTransform.RemoveHeader(context, name);
        }

        return default;
    }
}
