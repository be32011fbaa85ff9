using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Settings;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>The short way of plain hits gives what the whole journey gives, byte by byte, for whatever a request may contain.</summary>
public sealed partial class HitLaneTests
{
    /// <summary>Keeps a request off the short way and changes nothing else: a deadline beyond the row's own.</summary>
    private const string Detour = "X-Timeout-Ms: 2000000000";

    private static readonly string[][] Headers =
    [
        ["Accept: */*"], ["Accept-Encoding: gzip, deflate", "Accept-Encoding: identity", "Accept-Encoding: gzip;q=0", "Accept-Encoding: *"],
        ["Connection: keep-alive", "Connection: X-API-Key", "Connection: keep-alive, X-Trace-Id"],
        ["X-API-Key: key", "X-API-Key: other", "Authorization: Bearer key"],
        ["X-Trace-Id: my-trace", "X-Trace-Id: not one of ours"], ["x-olumi-payload-hash: 0123abcd"],
        ["Cache-Control: no-cache", "Cache-Control: max-age=0", "Cache-Control: only-if-cached", "Cache-Control: no-store",
            "Cache-Control: junk="],
        ["Origin: http://elsewhere.example"], ["Via: 1.1 somebody"], ["Expect: 100-continue"], ["X-ISL-Response-Version: 2"],
        ["If-None-Match: *"], ["Range: bytes=0-1"], ["Cookie: a=b"], ["TE: trailers"],
        ["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"], ["User-Agent: python-httpx/0.27"],
    ];

    private static readonly string[] Ids = ["mine", "req_0123456789ab", "a.b:c-d_e", "not valid!"];

    private static readonly string[] ContentTypes =
        ["application/json", "application/json; charset=utf-8", "Application/JSON", "text/plain", ""];

    private static readonly string[] Spellings =
    [
        Isl.ValidateBody,
        Isl.ValidateBody.Replace(",", ", ", StringComparison.Ordinal),
        Isl.ValidateBody.Replace("Revenue", "Turnover", StringComparison.Ordinal),
        Isl.ValidateBody.Replace("Revenue", "R\u00e9venue", StringComparison.Ordinal),
        """{"dag":{"nodes":[],"edges":[]}}""", "{", "",
    ];

    private static readonly Gen<byte[]> Requests =
        from target in OneOf(Isl.Validate, Isl.Validate + "?a=b", Isl.Counterfactual, Isl.Elicit, "/api/v1/nowhere")
        from spelling in OneOf(Spellings)
        from coding in OneOf("", "", "gzip", "identity", "br", "wrong")
        from type in OneOf(ContentTypes)
        from id in OneOf(Ids)
        from chosen in Gen.Int[0, Headers.Length - 1].Array[0, 4]
        from variants in Gen.Int[0, 4].Array[Headers.Length]
        select Request(target, spelling, coding, type, id, chosen.Distinct().Select(i => Headers[i][variants[i] % Headers[i].Length]));

    [Fact]
    public async Task Request_ByTheShortWayOrTheJourney_GetsTheSame()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["key"] });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Cache:RefreshAhead=0");

        await Requests.SampleAsync(
            async request =>
            {
                // What it takes to make it a hit, and a proof of its credential.
                await AskAsync(gateway, request, Detour);
                var whole = await AskAsync(gateway, request, Detour);
                Assert.Equal(whole, await AskAsync(gateway, request, "X-Nothing: at all"));
                Assert.Equal(whole, await AskAsync(gateway, request, Detour));
            },
            iter: 300, threads: 1);
    }

    /// <summary>Bodies that come after their heads, and callers who leave in between.</summary>
    [Fact]
    public async Task Body_InPieces_IsAHitAllTheSame()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        var request = Request(Isl.Validate, Isl.ValidateBody, "", "application/json", "mine", []);
        await AskAsync(gateway, request, "X-Nothing: at all");

        await using var connection = await RawHttp.ConnectAsync(gateway.Address);
        var end = request.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        foreach (var piece in new[] { ..end, end..(end + 10), (end + 10).. })
        {
            await connection.SendAsync(request.AsMemory(piece));
            await Task.Yield();
        }

        var answer = await connection.ReadAnswerAsync();
        Assert.Equal(200, answer.Status);
        Assert.Contains(
            answer.Headers, header => header.Key == "Cache-Status" && header.Value.EndsWith("detail=memory", StringComparison.Ordinal));
    }

    /// <summary>What goes wrong on the short way is left to the journey, which gives an answer.</summary>
    [Fact]
    public async Task Lookup_Throws_TheJourneyAnswers()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            [isl.BaseAddress], services => services.AddSingleton<IHitObserver, BrokenObserver>());

        foreach (var expected in (string[])["stored", "detail=memory"])
        {
            using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
            Assert.EndsWith(expected, answer.CacheStatus(), StringComparison.Ordinal);
        }

        Assert.Contains(
            $"isl_gateway_requests_total{{endpoint=\"{Isl.Validate}\",cache=\"memory\",code=\"200\"}} 1\n",
            await gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static byte[] Request(string target, string body, string coding, string type, string id, IEnumerable<string> headers)
    {
        var bytes = coding == "gzip" ? Packed.Gzip(body) : Encoding.UTF8.GetBytes(body);
        string[] own =
        [
            $"POST {target} HTTP/1.1", "Host: gateway", $"X-Request-Id: {id}", $"Content-Length: {bytes.Length}",
            .. type.Length > 0 ? [$"Content-Type: {type}"] : (string[])[],
            .. coding.Length > 0 ? [$"Content-Encoding: {coding}"] : (string[])[],
            .. headers,
        ];
        return [.. Encoding.Latin1.GetBytes(string.Join("\r\n", own) + "\r\n\r\n"), .. bytes];
    }

    /// <summary>The answer but for what differs from one moment to the next.</summary>
    private static async Task<string> AskAsync(GatewayUnderTest gateway, byte[] request, string header)
    {
        await using var connection = await RawHttp.ConnectAsync(gateway.Address);
        var firstLine = request.AsSpan().IndexOf("\r\n"u8) + 2;
        await connection.SendAllAsync(
            (byte[])[.. request[..firstLine], .. Encoding.ASCII.GetBytes(header + "\r\n"), .. request[firstLine..]]);
        var (status, headers) = await connection.ReadHeadAsync();
        if (status == 100) (status, headers) = await connection.ReadHeadAsync();
        var answer = await connection.ReadBodyAsync(status, headers);
        return string.Join(
            '\n',
            [
                $"{answer.Status}",
                .. answer.Headers.Select(Steady).OfType<string>(),
                Generated().Replace(Encoding.Latin1.GetString(Plain(answer)), "generated"),
            ]);
    }

    private static byte[] Plain(RawAnswer answer)
    {
        if (!answer.Headers.Any(header => header is { Key: "Content-Encoding", Value: "gzip" })) return answer.Body;
        using var gzip = new GZipStream(new MemoryStream(answer.Body), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    private static string? Steady(KeyValuePair<string, string> header) => header.Key switch
    {
        "Date" or "Age" or "Server-Timing" => header.Key,

        // ISL's hash of the body with the id in it.
        "x-olumi-response-hash" => header.Key,
        "Cache-Status" => $"{header.Key}: {Ttl().Replace(header.Value, "ttl")}",
        _ => $"{header.Key}: {Generated().Replace(header.Value, "generated")}",
    };

    private sealed class BrokenObserver : IHitObserver
    {
        public bool IsOff(GatewaySettings settings) => throw new InvalidOperationException("What nobody has thought of.");

        public void Serving(CacheContext context, CacheHit hit)
        {
        }
    }

    [GeneratedRegex("ttl=[0-9]+")]
    private static partial Regex Ttl();

    /// <summary>An id that the gateway made, or ISL itself where no row matched: 12 or 16 digits.</summary>
    [GeneratedRegex("req_[0-9a-f]{12}([0-9a-f]{4})?(?![0-9a-f])")]
    private static partial Regex Generated();
}
