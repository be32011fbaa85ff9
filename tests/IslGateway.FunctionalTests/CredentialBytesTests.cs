using System.Globalization;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>A credential reaches ISL in the bytes in which it came, on every way there.</summary>
public sealed class CredentialBytesTests
{
    private static readonly string AllHigh = string.Concat(Enumerable.Range(0x80, 0x80).Select(code => (char)code));

    public static TheoryData<string> Keys() => new(AllHigh, "\u00a0k\u0085", "caf\u00e9", "k\u00ff", "\u00e2\u0082\u00ac");

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Key_OfBytesBeyondAscii_ReachesIslUnchangedOnEveryWay(string key)
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = ["plain", key] }, "Cache:CredentialScope=Shared", "Credentials:Headers=X-API-Key");
        Assert.Equal(200, (await PostAsync(rig, Isl.Validate, "plain")).Status);

        // ISL has no word for such keys but 500; what matters is which one it was asked about. An entry is there, so that the first is a probe.
        foreach (var path in (string[])[Isl.Validate, Isl.Counterfactual, Isl.Teach]) await PostAsync(rig, path, key);

        foreach (var path in (string[])["/cache/stats", Isl.Counterfactual, Isl.Teach])
            Assert.Equal(Codes(key), Codes(Assert.Single(rig.Sim.LastCalls(path)).Header("X-API-Key")!));
    }

    /// <summary>Two lines become one, which ISL refuses where it would have taken the first: no caller is taken for another.</summary>
    [Fact]
    public async Task Key_InTwoLines_IsACredentialOfItsOwnAndReachesIslAsOneLine()
    {
        await using var rig = await Rig.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["a", "b"] });
        foreach (var key in (string[])["a", "b"]) Assert.Equal(200, (await PostAsync(rig, Isl.Validate, key)).Status);

        var both = await PostAsync(rig, Isl.Validate, "a\r\nX-API-Key: b");

        Assert.Equal(401, both.Status);
        Assert.Equal("a, b", rig.Sim.LastCalls(Isl.Validate)[^1].Header("X-API-Key"));
    }

    private static string Codes(string text) => string.Join(' ', text.Select(c => ((int)c).ToString("x2", CultureInfo.InvariantCulture)));

    private static Task<RawAnswer> PostAsync(Rig rig, string path, string key)
    {
        var body = path == Isl.Counterfactual ? Isl.CounterfactualBody : Isl.ValidateBody;
        return RawHttp.ExchangeAsync(rig.Gateway.Address, RawHttp.Request(
            body, $"POST {path} HTTP/1.1", "Host: h", "Content-Type: application/json", $"Content-Length: {body.Length}", "Connection: close", $"X-API-Key: {key}"));
    }
}
