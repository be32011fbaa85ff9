using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator.Calls;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>An upstream that answers every request with the same bytes.</summary>
internal sealed class ScriptedIsl(ScriptedUpstream upstream, GatewayUnderTest gateway) : IConformanceIsl
{
    public GatewayUnderTest Gateway => gateway;

    public IReadOnlyList<CallRecord> Calls => [.. upstream.Calls.Select(Record)];

    public static async Task<ScriptedIsl> StartAsync(ScriptSpec script, string[] settings)
    {
        var upstream = new ScriptedUpstream(Scripts.Says(script.Answer, script.Then)) { IsEarly = script.Early };
        return new ScriptedIsl(upstream, await GatewayUnderTest.StartAsync(upstream.Address, settings));
    }

    public Task TurnAsync(JsonElement knobs) => throw new NotSupportedException("A scripted upstream has no knobs.");

    public Task AwaitAsync(AwaitedState state) => throw new NotSupportedException("A scripted upstream has no states.");

    public Task HoldsAsync(int requests) => throw new NotSupportedException("A scripted upstream does not wait.");

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        await upstream.DisposeAsync();
    }

    private static CallRecord Record(ScriptedCall call)
    {
        var lines = call.Head[..^4].Split("\r\n");
        var request = lines[0].Split(' ');
        return new CallRecord(
            request[0], request[1], request[1].Split('?')[0],
            [.. lines.Skip(1).Select(line => line.Split(": ", 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1]))],
            call.Body.Length, Convert.ToHexStringLower(SHA256.HashData(call.Body)), Encoding.UTF8.GetString(call.Body));
    }
}
