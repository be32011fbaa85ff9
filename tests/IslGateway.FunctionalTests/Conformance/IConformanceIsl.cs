using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator.Calls;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>A gateway, and what stands where ISL would.</summary>
internal interface IConformanceIsl : IAsyncDisposable
{
    GatewayUnderTest Gateway { get; }

    /// <summary>Every call but health polls, oldest first.</summary>
    IReadOnlyList<CallRecord> Calls { get; }

    Task TurnAsync(JsonElement knobs);

    Task AwaitAsync(AwaitedState state);

    /// <summary>Waits until so many begun requests are held back by the gateway.</summary>
    Task HoldsAsync(int requests);
}
