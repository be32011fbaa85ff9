using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>What is for the hop to the gateway alone goes no further, and counts for nothing there.</summary>
public sealed class HopByHopTests
{
    private const string Key = "X-API-Key: k";

    [Theory]
    [InlineData("X-API-Key")]
    [InlineData("x-api-key")]
    [InlineData("X-Other , X-API-Key")]
    [InlineData(",X-API-Key,")]
    [InlineData("X-Other\r\nConnection: X-API-Key")]
    public async Task CredentialHeader_NamedByConnection_CountsAsAbsent(string connection)
    {
        await using var rig = await Rig.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["k"] });
        Assert.Equal(200, (await PostAsync(rig, Isl.Validate, Key)).Status);

        var calls = new List<RawAnswer>();
        foreach (var path in (string[])[Isl.Validate, Isl.Counterfactual, Isl.Teach, "/nowhere"])
            calls.Add(await PostAsync(rig, path, Key, $"Connection: {connection}"));

        Assert.Equal([401, 401, 401, 401], calls.Select(answer => answer.Status));
        Assert.All(rig.Sim.LastCalls().Skip(1), call => Assert.Null(call.Header("X-API-Key")));
        Assert.Contains("hit", (await PostAsync(rig, Isl.Validate, Key)).Header("Cache-Status"), StringComparison.Ordinal);
    }

    /// <summary>Kestrel shows one of these words alone: the names beside it cannot be seen. The header then counts everywhere.</summary>
    [Theory]
    [InlineData("keep-alive, X-API-Key")]
    [InlineData("X-API-Key, keep-alive")]
    [InlineData("close, X-API-Key")]
    [InlineData("X-API-Key\r\nConnection: close")]
    [InlineData("Upgrade, X-API-Key")]
    public async Task CredentialHeader_NamedBesideAWordOfTheConnections_CountsInTheKeyAndAtIslAlike(string connection)
    {
        await using var rig = await Rig.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["k"] });

        var miss = await PostAsync(rig, Isl.Validate, Key, $"Connection: {connection}");
        var hit = await PostAsync(rig, Isl.Validate, Key, $"Connection: {connection}");
        var taught = await PostAsync(rig, Isl.Teach, Key, $"Connection: {connection}");
        var anonymous = await PostAsync(rig, Isl.Validate, $"Connection: {connection}");

        Assert.Equal("IslGateway; fwd=miss; stored", miss.Header("Cache-Status"));
        Assert.Contains("; hit;", hit.Header("Cache-Status"), StringComparison.Ordinal);
        Assert.NotEqual(401, taught.Status);
        Assert.Equal(401, anonymous.Status);
        Assert.Equal(["k", "k", null], rig.Sim.LastCalls().Select(call => call.Header("X-API-Key")));
    }

    [Fact]
    public async Task RequestId_NamedByConnection_IsReplacedEverywhere()
    {
        await using var rig = await Rig.StartAsync();

        var answer = await PostAsync(rig, Isl.Validate, "X-Request-Id: mine", "Connection: X-Request-Id");

        Assert.StartsWith("req_", answer.Header("X-Request-Id"), StringComparison.Ordinal);
        Assert.Equal(answer.Header("X-Request-Id"), Assert.Single(rig.Sim.LastCalls(Isl.Validate)).Header("X-Request-Id"));
    }

    [Theory]
    [InlineData(Isl.Validate)]
    [InlineData(Isl.Teach)]
    [InlineData("/nowhere")]
    public async Task HopByHopHeaders_ReachIslOnNoPath(string path)
    {
        await using var rig = await Rig.StartAsync();

        await PostAsync(rig, path, "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "TE: trailers, deflate", "Upgrade: h2c",
            "HTTP2-Settings: AAA",
            "Proxy-Authorization: Basic eDp5", "Proxy-Authenticate: Basic", "Connection: keep-alive", "X-End: 1");
        await PostAsync(rig, path, "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAA", "Cache-Control: no-cache");

        var calls = rig.Sim.LastCalls(path);
        Assert.Equal(2, calls.Count);
        foreach (var name in (string[])
            ["Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "TE", "Upgrade", "HTTP2-Settings", "Connection",
                "Transfer-Encoding"])
            Assert.All(calls, call => Assert.True(call.Header(name) is null, $"{name}: {call.Header(name)}"));
        Assert.Equal(path == Isl.Validate ? null : "1", calls[0].Header("X-End"));
    }

    private static Task<RawAnswer> PostAsync(Rig rig, string path, params string[] headers)
    {
        var body = path == Isl.Counterfactual ? Isl.CounterfactualBody : Isl.ValidateBody;
        return RawHttp.ExchangeAsync(rig.Gateway.Address, RawHttp.Request(
            body, [$"POST {path} HTTP/1.1", "Host: h", "Content-Type: application/json", $"Content-Length: {body.Length}", .. headers]));
    }
}
