using IslGateway.Settings;
using IslGateway.UnitTests.Caching;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http;

namespace IslGateway.UnitTests.Upstream;

public sealed class FillHeadersTests
{
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public void ForFill_Caller_SendsOnlyTheAllowed()
    {
        var row = Rows.Of(new EndpointOptions { Path = "/a", KeyHeaders = ["X-Version"] });
        var caller = new HeaderDictionary
        {
            ["X-API-Key"] = "k",
            ["x-version"] = "2",
            ["traceparent"] = Trace,
            ["tracestate"] = "v=1",
            ["baggage"] = "b",
            ["Accept"] = "*/*",
            ["Accept-Encoding"] = "br",
            ["Content-Type"] = "application/x+json",
            ["Content-Encoding"] = "gzip",
            ["Content-Length"] = "99",
            ["Transfer-Encoding"] = "chunked",
            ["Cookie"] = "c",
            ["Origin"] = "o",
            ["Host"] = "h",
            ["X-Request-Id"] = "theirs",
            ["X-Trace-Id"] = "x",
            ["X-Forwarded-For"] = "f",
            ["X-Forwarded-Proto"] = "https",
            ["Cache-Control"] = "no-cache",
            ["If-None-Match"] = "e",
            ["Range"] = "bytes=0-1",
            ["Expect"] = "100-continue",
            ["X-Timeout-Ms"] = "5",
            ["X-User-Id"] = "u",
            ["Connection"] = "close",
        };

        var headers = FillHeaders.ForFill(RequestOf("http", caller), row, ["X-API-Key", "Authorization"], "id-1", 7);

        Assert.Matches("^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$", headers.TraceParent.ToString());
        headers.TraceParent = "its child";
        Assert.Equal(
            [
                "accept-encoding: identity", "accept: application/json", "content-length: 7", "content-type: application/json",
                "traceparent: its child", "tracestate: v=1", "x-api-key: k", "x-request-id: id-1", "x-version: 2",
            ],
            headers.Select(header => $"{header.Key.ToLowerInvariant()}: {header.Value}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("https", "https")]
    [InlineData("http", null)]
    public void ForFill_Tls_IsToldAsTheConnectionHasIt(string scheme, string? told)
    {
        var headers = FillHeaders.ForFill(
            RequestOf(scheme, new HeaderDictionary { ["X-Forwarded-Proto"] = "ftp" }), Rows.Of(new EndpointOptions { Path = "/a" }), [],
            "id-1", 7);

        Assert.Equal(told, (string?)headers["X-Forwarded-Proto"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("evil")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    public void ForProbe_TraceThatIsNone_GoesNoFurtherNorDoesItsState(string? trace)
    {
        var caller = new HeaderDictionary { ["tracestate"] = "v=1" };
        if (trace is not null) caller["traceparent"] = trace;

        var headers = FillHeaders.ForProbe(caller, [], "id-1");

        Assert.Equal((0, 0), (headers.TraceParent.Count, headers.TraceState.Count));
    }

    private static HttpRequest RequestOf(string scheme, HeaderDictionary headers)
    {
        var request = new DefaultHttpContext().Request;
        request.Scheme = scheme;
        foreach (var (name, value) in headers) request.Headers[name] = value;
        return request;
    }
}
