using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching.Credentials;
using IslGateway.UnitTests.Caching.Epochs;
using IslGateway.Upstream;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Filling;

public sealed class FillerTests
{
    /// <summary>Whether ISL may know of the call: a stale answer says so, and a lease is kept for what may yet come.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData("NoReplica", false)]
    [InlineData("CircuitOpen", false)]
    [InlineData("CoolingDown", false)]
    [InlineData("Unreachable", true)]
    [InlineData("ConnectionEnded", true)]
    [InlineData("TimedOut", true)]
    public async Task RunAsync_CallThatFails_SaysWhetherIslWasAsked(string failure, bool wasSent)
    {
        using var settings = new LiveSettings();
        var (time, metrics, isl) = (new FakeTimeProvider(), new GatewayMetrics(), new ScriptedUpstream
        {
            Always = IslAnswers.Failed(Enum.Parse<UpstreamFailure>(failure)),
        });
        var replicas = new ReplicaRegistry(new FixedReplicas("r1"), settings.Monitor, time);
        var memory = new MemoryStore(settings.Monitor, metrics, time);
        var proofs = new ProofCache(settings.Tokens(time), settings.Monitor, time);
        using var queue = new UpstreamLimiter(isl, proofs, settings.Monitor, metrics, time);
        var filler = new Filler(
            isl,
            new LeaseTurns(new ScriptedLeases { AreShared = false }, new LeaseSignals(), memory, replicas, settings.Monitor, metrics, time),
            queue, replicas,
            Gates.Of(proofs, isl, settings, time), memory, writer: null!, new RowLifetimes(settings.Monitor), new UnstoredFills(time),
            keeper: null!, metrics, time, NullLogger<Filler>.Instance);

        var ann = new Credential(Digest.Of("ann"u8));
        var flight = new SingleFlight().JoinOrStart(Digest.Random(), ann, () => Orders.Of(ann), filler.RunAsync, out _)!;
        var result = await flight.Completion.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(wasSent, result.WasSent);
        Assert.NotNull(result.Problem);
    }
}
