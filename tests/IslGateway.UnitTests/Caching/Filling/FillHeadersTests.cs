using IslGateway.Caching.Filling;
using IslGateway.Settings;
using Microsoft.AspNetCore.Http;

namespace IslGateway.UnitTests.Caching.Filling;

public sealed class FillHeadersTests
{
    [Fact]
    public void ForFill_Caller_SendsOnlyTheAllowed()
    {
        var row = Rows.Of(new EndpointOptions { Path = "/a", KeyHeaders = ["X-Version"] });
        var caller = new HeaderDictionary
        {
            ["X-API-Key"] = "k", ["x-version"] = "2", ["traceparent"] = "t", ["tracestate"] = "s", ["baggage"] = "b", ["Accept"] = "*/*",
            ["Accept-Encoding"] = "br", ["Content-Type"] = "application/x+json", ["Content-Encoding"] = "gzip", ["Content-Length"] = "99",
            ["Transfer-Encoding"] = "chunked", ["Cookie"] = "c", ["Origin"] = "o", ["Host"] = "h", ["X-Request-Id"] = "theirs", ["X-Trace-Id"] = "x",
            ["X-Forwarded-For"] = "f", ["Cache-Control"] = "no-cache", ["If-None-Match"] = "e", ["Range"] = "bytes=0-1", ["Expect"] = "100-continue",
            ["X-Timeout-Ms"] = "5", ["X-User-Id"] = "u", ["Connection"] = "close",
        };

        var headers = FillHeaders.ForFill(caller, row, ["X-API-Key", "Authorization"], "id-1", 7);

        Assert.Equal(
            ["accept-encoding: identity", "accept: */*", "content-length: 7", "content-type: application/json", "traceparent: t", "x-api-key: k",
                "x-request-id: id-1", "x-version: 2"],
            headers.Select(header => $"{header.Key.ToLowerInvariant()}: {header.Value}").Order(StringComparer.Ordinal));
    }
}
