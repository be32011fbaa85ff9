using System.Net.Http.Json;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator.Calls;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>The simulator, its knobs turned over HTTP as anyone would.</summary>
internal sealed class SimulatedIsl(Rig rig) : IConformanceIsl
{
    private readonly HttpClient _control = new() { BaseAddress = rig.Host.BaseAddress };

    public GatewayUnderTest Gateway => rig.Gateway;

    public IReadOnlyList<CallRecord> Calls => [.. rig.Sim.LastCalls().Where(call => call.Path is not "/ready")];

    public async Task TurnAsync(JsonElement knobs)
    {
        using var answer = await _control.PostAsJsonAsync("/_sim", knobs, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.TextAsync());
    }

    public Task AwaitAsync(AwaitedState state) => state == AwaitedState.Epoch ? rig.KnowsEpochAsync() : rig.IsPolledAsync();

    public Task HoldsAsync(int requests) => rig.HoldsAsync(requests);

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        await rig.DisposeAsync();
    }
}
