using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching.Credentials;
using IslGateway.UnitTests.Caching.Epochs;
using IslGateway.Upstream;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Filling;

/// <summary>Under which epoch the answer of a long call is filed.</summary>
public sealed class FillerEpochTests
{
    private static readonly Epoch A = new("f", "1", "a");
    private static readonly Epoch B = new("f", "1", "b");

    [Theory(Timeout = 60_000)]
    [InlineData("b")]
    [InlineData("a", "b")]
    [InlineData("b", "a")]
    [InlineData("a", "")]
    [InlineData("a, b")]
    public async Task RunAsync_BuildsOtherThanHealthReports_NothingIsStored(params string[] builds)
    {
        var answer = IslAnswers.Json("{}", 200, ("x-olumi-service-build", new StringValues(builds)));
        var result = await RunAsync(static _ => { }, answer, TestContext.Current.CancellationToken);
        Assert.Equal((200, Reason.ForeignEpoch), (result.Answer?.StatusCode, result.NotStored));
    }

    /// <summary>The call's further attempts may have gone to either, and an answer need not say by whom it was computed.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_ReplicaChangesDuringTheCall_NothingIsStoredThoughItChangesBack(bool changesBack)
    {
        var result = await RunAsync(
            poll =>
            {
                poll(B);
                if (changesBack) poll(A);
            },
            IslAnswers.Json("{}"),
            TestContext.Current.CancellationToken);
        Assert.Equal((200, Reason.ForeignEpoch), (result.Answer?.StatusCode, result.NotStored));
    }

    private static async Task<FillResult> RunAsync(
        Action<Action<Epoch>> during, UpstreamAnswer answer, CancellationToken cancellationToken)
    {
        using var settings = new LiveSettings(("Isl:EpochMaxAge", "3s"));
        var (time, metrics, isl) = (new FakeTimeProvider(), new GatewayMetrics(), new ScriptedUpstream());
        var replicas = new ReplicaRegistry(new FixedReplicas("r1"), settings.Monitor, time);
        var memory = new MemoryStore(settings.Monitor, metrics, time);
        metrics.AddEndpoint(Rows.Plain.Path, cacheable: true);
        var proofs = new ProofCache(settings.Tokens(time), settings.Monitor, time);
        using var queue = new UpstreamLimiter(isl, proofs, settings.Monitor, metrics, time);
        var filler = new Filler(
            isl,
            new LeaseTurns(new ScriptedLeases { AreShared = false }, new LeaseSignals(), memory, replicas, settings.Monitor, metrics, time),
            queue, replicas,
            Gates.Of(proofs, isl, settings, time), memory, writer: null!, new RowLifetimes(settings.Monitor), new UnstoredFills(time),
            keeper: null!, samples: null!, metrics, time, NullLogger<Filler>.Instance);
        void Poll(Epoch epoch)
        {
            time.Advance(settings.Monitor.Current.Isl.EpochMaxAge + TimeSpan.FromSeconds(1));
            replicas.Replicas[0].Report(epoch, time.GetTimestamp(), settings.Monitor.Current.Isl.EpochMaxAge);
        }

        Poll(A);
        var ann = new Credential(Digest.Of("ann"u8));
        var flight = new SingleFlight().JoinOrStart(Digest.Random(), ann, () => Orders.Of(ann), filler.RunAsync, out _)!;
        var call = await isl.NextAsync(cancellationToken);
        during(Poll);
        call.SetResult(answer);
        return await flight.Completion.WaitAsync(cancellationToken);
    }
}
