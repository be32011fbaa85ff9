using System.Net;
using System.Security.Cryptography;
using System.Text;
using IslGateway.Content;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>Bodies come in content codings that ISL cannot read, damaged, or too large.</summary>
public sealed class CompressedBodyTests
{
    private const string Gzip = "Content-Encoding: gzip";
    private const string Stored = "IslGateway; fwd=miss; stored";

    /// <summary>What Python's <c>gzip.compress(json.dumps(…).encode(), mtime=0)</c> makes of a body of 1.9 kB.</summary>
    private const string PythonGzip =
        "H4sIAAAAAAACA32UwWoCQRBEf0XmnEOmW5OYXxEJa3YQQV0way7ivzuQQ3hVJDfbp/hYq+pWxmFf3he3cp7G9tVfbcr3cDkMu2P7eC5Pi9+r4gpciWuJ"
        + "a4XrBdcrrjdca/66yNCmUqfSp1Ko0qhSqdKpUqrSKmgV8oxoFbQKWgWtglZBq6BV0CpplbRK+etolbRKWiWtklZJq1yXbb/buP8J1j/J6p/b/J00Uk0e"
        + "qSaRVJNJqkkl1eSSapJJNdmklnR5HBZ94dYF4VYO4dYW4VYf4dYn4VYw4dY44VZB4dZJCYyVVLi1VrjVWLj1WrgVXbg1X7hNgXDbBuE2FsJtPaRSNifC"
        + "bV+E2+AItwUSbpMk3DZKuI2WcFsx4T5r23t/Z760YT6189zHTaZtus6f06kB9O/dH2fHaM9vBwAA";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GzipBody_AndItsPlainTwin_ShareOneEntryInEitherOrder(bool gzipFirst)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        HttpRequestMessage Ask(bool gzip) => gzip
            ? Isl.Post(Isl.Validate, Packed.Gzip(Isl.ValidateBody), Gzip, "X-Request-Id: same")
            : Isl.Post(Isl.Validate, Isl.ValidateBody, "X-Request-Id: same");

        using var first = await gateway.Client.SendAsync(Ask(gzipFirst), TestContext.Current.CancellationToken);
        using var second = await gateway.Client.SendAsync(Ask(!gzipFirst), TestContext.Current.CancellationToken);

        Assert.Equal(Stored, first.CacheStatus());
        Assert.StartsWith("IslGateway; hit", second.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(await first.TextAsync(), await second.TextAsync());
        AssertIslSawOnly(isl, Isl.Validate, Isl.ValidateBody);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("GZip")]
    [InlineData("x-gzip")]
    [InlineData("X-GZIP")]
    [InlineData("deflate")]
    [InlineData("Deflate")]
    [InlineData("br")]
    [InlineData("BR")]
    [InlineData("identity")]
    [InlineData("identity, gzip")]
    [InlineData("")]
    public async Task ContentEncoding_OfAnyKnownSpelling_ReachesIslPlain(string label)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        var body = label.ToUpperInvariant() switch
        {
            "BR" => Packed.Brotli(Isl.ValidateBody),
            "DEFLATE" => Packed.Deflate(Isl.ValidateBody),
            "IDENTITY" or "" => Encoding.UTF8.GetBytes(Isl.ValidateBody),
            _ => Packed.Gzip(Isl.ValidateBody),
        };

        using var answer = await SendAsync(gateway, Isl.Validate, body, $"Content-Encoding: {label}");

        Assert.Equal(Stored, answer.CacheStatus());
        AssertIslSawOnly(isl, Isl.Validate, Isl.ValidateBody);
    }

    [Fact]
    public async Task CompressPayload_AsTheGuidesClientUsesIt_WorksForSmallAndLargeBodies()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        var large = LargeBody(200);
        Assert.True(Isl.ValidateBody.Length < 1024 && large.Length > 1024);

        using var small = await SendAsync(gateway, Isl.Validate, Packed.AsTheGuideDoes(Isl.ValidateBody), Gzip);
        using var big = await SendAsync(gateway, Isl.Validate, Packed.AsTheGuideDoes(large), Gzip);
        using var smallTwin = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        using var bigTwin = await gateway.Client.PostAsync(Isl.Validate, large);

        Assert.All([small, big, smallTwin, bigTwin], answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(Stored, small.CacheStatus());
        Assert.Equal(Stored, big.CacheStatus());
        Assert.StartsWith("IslGateway; hit", smallTwin.CacheStatus(), StringComparison.Ordinal);
        Assert.StartsWith("IslGateway; hit", bigTwin.CacheStatus(), StringComparison.Ordinal);
        AssertIslSawOnly(isl, Isl.Validate, Isl.ValidateBody, large);
        Assert.Contains("isl_gateway_mislabelled_encoding_total 1\n", await gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompressPayload_ByPythonItself_IsRead()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        using var answer = await SendAsync(gateway, Isl.Validate, Convert.FromBase64String(PythonGzip), Gzip);

        Assert.Equal(Stored, answer.CacheStatus());
        AssertIslSawOnly(isl, Isl.Validate, PythonDumps());
    }

    [Fact]
    public async Task DamagedGzip_InAnyWay_IsRefusedAndNeverStored()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        var whole = Packed.Gzip(LargeBody(200));
        var damaged = new Dictionary<string, byte[]>
        {
            ["empty"] = [],
            ["blank"] = [(byte)' '],
            ["text"] = "not gzip"u8.ToArray(),
            ["magic only"] = whole[..2],
            ["within the header"] = whole[..7],
            ["header only"] = whole[..10],
            ["one byte of data"] = whole[..11],
            ["half"] = whole[..(whole.Length / 2)],
            ["trailer missing"] = whole[..^8],
            ["length missing"] = whole[..^4],
            ["last byte missing"] = whole[..^1],
            ["checksum wrong"] = [.. whole[..^8], (byte)~whole[^8], .. whole[^7..]],
            ["length wrong"] = [.. whole[..^1], (byte)~whole[^1]],
            ["a zero behind"] = [.. whole, 0],
            ["junk behind"] = [.. whole, .. "junk"u8],
            ["a cut second member"] = [.. whole, .. whole[..^3]],
            ["twice packed"] = Packed.Gzip(whole)[..^2],
        };

        foreach (var (how, body) in damaged)
        {
            foreach (var path in (string[])[Isl.Validate, Isl.Teach, Isl.Update])
            {
                using var first = await SendAsync(gateway, path, body, Gzip);
                using var again = await SendAsync(gateway, path, body, Gzip);

                foreach (var refused in (HttpResponseMessage[])[first, again])
                {
                    Assert.True(HttpStatusCode.BadRequest == refused.StatusCode, $"{path}, {how}: {(int)refused.StatusCode}");
                    var problem = await refused.AssertProblemAsync(HttpStatusCode.BadRequest, "ISL_INVALID_INPUT", "damaged-body");
                    Assert.Contains("'gzip'", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
                }
            }
        }

        Assert.Equal(0, isl.State.TotalCalls);
        Assert.DoesNotContain("isl_gateway_cache_entries{tier=\"memory\"} 1", await gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DamagedDeflateAndBrotli_CutOrFollowedByJunk_IsRefused()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        var (deflate, brotli) = (Packed.Deflate(Isl.ValidateBody), Packed.Brotli(Isl.ValidateBody));
        (string Label, byte[] Body)[] damaged =
        [
            ("deflate", deflate[..^1]), ("deflate", [.. deflate, 0]), ("deflate", []), ("br", brotli[..^1]), ("br", [.. brotli, 0]),
            ("br", []),
        ];

        foreach (var (label, body) in damaged)
        {
            using var refused = await SendAsync(gateway, Isl.Validate, body, $"Content-Encoding: {label}");
            await refused.AssertProblemAsync(HttpStatusCode.BadRequest, "ISL_INVALID_INPUT", "damaged-body");
        }

        Assert.Equal(0, isl.State.TotalCalls);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("compress")]
    [InlineData("gzip, br")]
    [InlineData("gzip, gzip")]
    [InlineData("gzip;q=1")]
    [InlineData("'\"<evil>\"'")]
    public async Task ContentEncoding_UnknownOrTwice_IsRefused(string label)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        foreach (var path in (string[])[Isl.Validate, Isl.Teach])
        {
            using var refused = await SendAsync(gateway, path, Packed.Gzip(Isl.ValidateBody), $"Content-Encoding: {label}");

            var problem = await refused.AssertProblemAsync(
                HttpStatusCode.UnsupportedMediaType, "ISL_GATEWAY_UNSUPPORTED_ENCODING", "unsupported-encoding");
            Assert.Contains("gzip, x-gzip, deflate, br or identity", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(0, isl.State.TotalCalls);
    }

    [Fact]
    public async Task Bomb_OfAGibibyte_IsRefusedWithinTheBufferBudget()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Limits:MaxBufferedBytes=48MiB");
        Assert.InRange(Packed.Bomb.Length, 500_000, 10 << 20);

        foreach (var path in (string[])[Isl.Validate, Isl.Teach])
        {
            using var refused = await SendAsync(gateway, path, Packed.Bomb, Gzip);

            var problem = await refused.AssertProblemAsync(HttpStatusCode.RequestEntityTooLarge, "ISL_REQUEST_TOO_LARGE", "body-too-large");
            Assert.Contains("10485760 bytes", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(0, isl.State.TotalCalls);
        await Eventually.TrueAsync(
            () => gateway.Services.GetRequiredService<BufferBudget>().InUse == 0, TimeSpan.FromSeconds(60), "all buffers are given back");
    }

    [Fact]
    public async Task NestedJson_LargerThanTheLimitOnceUnpacked_IsRefused()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Limits:MaxRequestBodySize=1MiB");
        var depth = 600_000;
        var body = Packed.Gzip(string.Concat(new string('[', depth), new string(']', depth)));

        using var refused = await SendAsync(gateway, Isl.Validate, body, Gzip);

        await refused.AssertProblemAsync(HttpStatusCode.RequestEntityTooLarge, "ISL_REQUEST_TOO_LARGE", "body-too-large");
        Assert.Equal(0, isl.State.TotalCalls);
    }

    [Fact]
    public async Task GzipBody_OnARowWithoutCache_ReachesIslPlain()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        const string Body = """{"user_id":"alice","current_beliefs":{},"target_concept":"confounding"}""";

        using var teach = await SendAsync(gateway, Isl.Teach, Packed.Gzip(Body), Gzip);
        using var update = await SendAsync(gateway, Isl.Update, Packed.Gzip(Body), Gzip);

        Assert.StartsWith("IslGateway; fwd=bypass", teach.CacheStatus(), StringComparison.Ordinal);
        Assert.StartsWith("IslGateway; fwd=bypass", update.CacheStatus(), StringComparison.Ordinal);
        AssertIslSawOnly(isl, Isl.Teach, Body);
        AssertIslSawOnly(isl, Isl.Update, Body);
    }

    [Fact]
    public async Task GzipBody_ToAnUnknownPath_PassesUntouched()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        foreach (var (body, label) in ((byte[], string)[])[(Packed.Gzip("{}"), "gzip"), ([1, 2, 3], "zstd"), ([0x1f, 0x8b], "gzip, br")])
        {
            using var answer = await SendAsync(gateway, "/not/a/row", body, $"Content-Encoding: {label}");

            Assert.Equal("IslGateway; fwd=bypass; fwd-status=404; detail=unknown-endpoint", answer.CacheStatus());
            var call = isl.State.LastCalls("/not/a/row")[^1];
            Assert.Equal(label, call.Header("Content-Encoding"));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(body)), call.BodySha256);
        }
    }

    [Theory]
    [InlineData(Isl.Validate, false)]
    [InlineData(Isl.Validate, true)]
    [InlineData(Isl.Teach, false)]
    [InlineData(Isl.Teach, true)]
    [InlineData(Isl.Update, false)]
    [InlineData(Isl.Update, true)]
    public async Task PlainBody_OverTheLimit_IsRefusedAnnouncedOrNot(string path, bool chunked)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Limits:MaxRequestBodySize=1000B");
        using var request = Isl.Post(path, $$"""{"padding":"{{new string('x', 2_000)}}"}""");
        request.Headers.TransferEncodingChunked = chunked;

        using var refused = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);

        var problem = await refused.AssertProblemAsync(HttpStatusCode.RequestEntityTooLarge, "ISL_REQUEST_TOO_LARGE", "body-too-large");
        Assert.Contains("1000 bytes", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(isl.State.LastCalls(path));
    }

    [Theory]
    [InlineData(Isl.Validate)]
    [InlineData(Isl.Teach)]
    public async Task PlainBody_JustWithinTheLimit_Passes(string path)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, $"Limits:MaxRequestBodySize={Isl.ValidateBody.Length}B");

        using var answer = await gateway.Client.PostAsync(path, Isl.ValidateBody);

        Assert.NotEqual(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Single(isl.State.LastCalls(path));
    }

    [Fact]
    public async Task Buffers_AllInUse_AskTheCallerToRetryLater()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, "Limits:MaxRequestBodySize=64KiB", "Limits:MaxBufferedBytes=160KiB");
        isl.State.Hang(Isl.Validate);
        var holder = gateway.Client.PostAsync(Isl.Validate, LargeBody(4_000));
        await Eventually.TrueAsync(() => isl.State.LastCalls(Isl.Validate).Count == 1, TimeSpan.FromSeconds(60), "ISL has the first body");

        using var plain = await gateway.Client.PostAsync(Isl.Validate, LargeBody(4_001));
        using var packed = await SendAsync(gateway, Isl.Teach, Packed.Gzip(LargeBody(4_001)), Gzip);
        isl.State.ReleaseHang();
        using var held = await holder;

        foreach (var refused in (HttpResponseMessage[])[plain, packed])
        {
            var problem = await refused.AssertProblemAsync(HttpStatusCode.ServiceUnavailable, "ISL_SERVICE_UNAVAILABLE", "overloaded");
            Assert.True(problem.GetProperty("retryable").GetBoolean());
            Assert.Equal("1", Assert.Single(refused.Headers.GetValues("Retry-After")));
        }

        Assert.Equal(HttpStatusCode.OK, held.StatusCode);
        Assert.Equal(1, isl.State.TotalCalls);
        await Eventually.TrueAsync(
            () => gateway.Services.GetRequiredService<BufferBudget>().InUse == 0, TimeSpan.FromSeconds(60), "all buffers are given back");
    }

    private static Task<SimulatorHost> StartIslAsync() => SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });

    private static Task<HttpResponseMessage> SendAsync(GatewayUnderTest gateway, string path, byte[] body, params string[] headers) =>
        gateway.Client.SendAsync(Isl.Post(path, body, headers), TestContext.Current.CancellationToken);

    private static string LargeBody(int edges)
    {
        var list = string.Join(',', Enumerable.Repeat("[\"A\",\"B\"]", edges));
        return $$"""{"dag":{"nodes":["A","B"],"edges":[{{list}}]},"treatment":"A","outcome":"B"}""";
    }

    /// <summary>What <c>json.dumps</c> writes for a chain of 40 variables.</summary>
    private static string PythonDumps()
    {
        var nodes = string.Join(", ", Enumerable.Range(0, 40).Select(i => $"\"variable_{i}\""));
        var edges = string.Join(", ", Enumerable.Range(0, 39).Select(i => $"[\"variable_{i}\", \"variable_{i + 1}\"]"));
        return $$"""{"dag": {"nodes": [{{nodes}}], "edges": [{{edges}}]}, "treatment": "variable_0", "outcome": "variable_39"}""";
    }

    /// <summary>Each call that ISL had was one of these bodies, plain, with its own length and no label.</summary>
    private static void AssertIslSawOnly(SimulatorHost isl, string path, params string[] bodies)
    {
        var calls = isl.State.LastCalls(path);
        Assert.Equal(bodies.Select(Hash), calls.Select(call => call.BodySha256));
        Assert.Equal(bodies.Select(body => $"{Encoding.UTF8.GetByteCount(body)}"), calls.Select(call => call.Header("Content-Length")));
        Assert.All(calls, call => Assert.Null(call.Header("Content-Encoding")));
        Assert.All(calls, call => Assert.Null(call.Header("Transfer-Encoding")));
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
