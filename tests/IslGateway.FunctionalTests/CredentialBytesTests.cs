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
            new SimulatorOptions { Latency = 0, ApiKeys = ["plain", key] }, "Cache:CredentialScope=Shared",
            "Credentials:Headers=X-API-Key");
        Assert.Equal(200, (await PostAsync(rig, Isl.Validate, "plain")).Status);

        // ISL has no word for such keys but 500; what matters is which one it was asked about. An entry is there, so that the first is a
        // probe.
        foreach (var path in (string[])[Isl.Validate, Isl.Counterfactual, Isl.Teach]) await PostAsync(rig, path, key);

        foreach (var path in (string[])["/cache/stats", Isl.Counterfactual, Isl.Teach])
            Assert.Equal(Codes(key), Codes(Assert.Single(rig.Sim.LastCalls(path)).Header("X-API-Key")!));
    }

    /// <summary>ISL takes the first of two lines. Together they are a credential of their own: no caller is taken for another.</summary>
    [Theory]
    [InlineData(Isl.Validate)]
    [InlineData(Isl.Teach)]
    public async Task Key_InTwoLines_IsACredentialOfItsOwnAndIslReadsTheFirst(string path)
    {
        await using var rig = await Rig.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["a"] });
        var accepted = (await PostAsync(rig, path, "a")).Status;
        Assert.NotEqual(401, accepted);

        Assert.Equal(accepted, (await PostAsync(rig, path, "a\r\nX-API-Key: wrong")).Status);
        Assert.Equal("a", rig.Sim.LastCalls(path)[^1].Header("X-API-Key"));
        Assert.Equal(2, rig.Sim.Calls(path));
        Assert.Equal(401, (await PostAsync(rig, path, "wrong\r\nX-API-Key: a")).Status);
        Assert.Equal("wrong", rig.Sim.LastCalls(path)[^1].Header("X-API-Key"));
    }

    private static string Codes(string text) => string.Join(' ', text.Select(c => ((int)c).ToString("x2", CultureInfo.InvariantCulture)));

    private static Task<RawAnswer> PostAsync(Rig rig, string path, string key)
    {
        var body = path == Isl.Counterfactual ? Isl.CounterfactualBody : Isl.ValidateBody;
        return RawHttp.ExchangeAsync(rig.Gateway.Address, RawHttp.Request(
            body, $"POST {path} HTTP/1.1", "Host: h", "Content-Type: application/json", $"Content-Length: {body.Length}",
            "Connection: close", $"X-API-Key: {key}"));
    }
}
