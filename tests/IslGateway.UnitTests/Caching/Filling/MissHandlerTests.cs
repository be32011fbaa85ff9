using System.Text;
using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching.Credentials;
using IslGateway.UnitTests.Caching.Epochs;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Filling;

/// <summary>Callers of an endpoint whose entries all share, while another's call to ISL is under way.</summary>
public sealed class MissHandlerTests : IDisposable
{
    private static readonly Digest Epoch = Digest.Of("epoch"u8);
    private static readonly Credential Ann = new(Digest.Of("ann"u8));
    private static readonly Credential Bob = new(Digest.Of("bob"u8));
    private static readonly EndpointRow Row = Rows.Of(
        new EndpointOptions { Path = "/a", Cache = CachePolicy.Deterministic }, CredentialScope.Shared);

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly ScriptedUpstream _isl = new();
    private readonly SingleFlight _flights = new();
    private readonly TaskCompletionSource<FillResult> _anns = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ProofCache _proofs;
    private readonly UpstreamLimiter _queue;
    private readonly MissHandler _desk;

    public MissHandlerTests()
    {
        _metrics.AddEndpoint(Row.Path, cacheable: true);
        _proofs = new ProofCache(_settings.Tokens(_time), _settings.Monitor, _time);
        var gate = Gates.Of(_proofs, _isl, _settings, _time);
        var replicas = new ReplicaRegistry(new FixedReplicas("r1"), _settings.Monitor, _time);
        _queue = new UpstreamLimiter(_isl, _proofs, _settings.Monitor, _metrics, _time);
        var memory = new MemoryStore(_settings.Monitor, _metrics, _time);
        var unstored = new UnstoredFills(_time);
        var filler = new Filler(
            _isl,
            new LeaseTurns(
                new ScriptedLeases { AreShared = false }, new LeaseSignals(), memory, replicas, _settings.Monitor, _metrics, _time),
            _queue, replicas, gate, memory, writer: null!, new RowLifetimes(_settings.Monitor), unstored,
            keeper: null!, _metrics, _time, NullLogger<Filler>.Instance);
        var staleIfError = new StaleIfError(
            gate, epochs: null!, quarantine: null!, tokens: null!, new RowLifetimes(_settings.Monitor), _settings.Monitor, _time);
        _desk = new MissHandler(
            _flights, filler, gate, staleIfError, new FlightWaits(staleIfError, gate, _time), refreshing: null!,
            new FillRequests(new BufferBudget(1 << 20)), unstored, _metrics);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(401)]
    [InlineData(503)]
    public async Task ServeAsync_UnprovenCaller_LeavesAnothersFill(int probe)
    {
        var context = Request(Bob);
        var anns = StartAnns(context);
        _isl.Always = IslAnswers.Json("{}", probe);

        Assert.Equal(Reason.UnprovenCredential, await _desk.ServeAsync(context, unused: null));

        Assert.Equal(0, context.Http.Response.Body.Length);
        anns.Leave(isLeader: true);
        Assert.False(anns.TryBegin(), "Nobody waits any more.");
    }

    [Fact]
    public async Task ServeAsync_UnprovenCallerLeavesWhileProbed_LeavesAnothersFill()
    {
        using var leaving = new CancellationTokenSource();
        var context = Request(Bob);
        context.Http.RequestAborted = leaving.Token;
        var anns = StartAnns(context);
        var serving = _desk.ServeAsync(context, unused: null);
        await _isl.NextAsync(TestContext.Current.CancellationToken);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
        anns.Leave(isLeader: true);
        Assert.False(anns.TryBegin(), "Nobody waits any more.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ServeAsync_ProvenOrSameCaller_SharesTheFill(bool isAnn)
    {
        if (!isAnn) Prove(Ann, Bob);
        var context = Request(isAnn ? Ann : Bob);
        StartAnns(context);
        var serving = _desk.ServeAsync(context, unused: null);

        _anns.SetResult(new FillResult { Answer = AnswerReader.Shape(IslAnswers.Json("""{"a":1}"""), new AnswerPlaces([]), "i") });

        Assert.Equal(Reason.None, await serving);
        Assert.Equal(CacheDisposition.Collapsed, context.Outcome.Disposition);
        Assert.Equal("""{"a":1}""", Encoding.UTF8.GetString(((MemoryStream)context.Http.Response.Body).ToArray()));
        Assert.Equal(0, _isl.Count);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task ServeAsync_LeaderIsAStranger_ProvenCallerHasACallOfItsOwn(int probe)
    {
        Prove(Bob);
        var context = Request(Bob);
        var anns = StartAnns(context);
        var serving = _desk.ServeAsync(context, unused: null);
        (await _isl.NextAsync(TestContext.Current.CancellationToken)).SetResult(IslAnswers.Json("{}", probe));
        (await _isl.NextAsync(TestContext.Current.CancellationToken)).SetResult(IslAnswers.Json("""{"a":1}"""));

        Assert.Equal(Reason.None, await serving.WaitAsync(TestContext.Current.CancellationToken));

        Assert.Equal("""{"a":1}""", Encoding.UTF8.GetString(((MemoryStream)context.Http.Response.Body).ToArray()));
        Assert.False(anns.Completion.IsCompleted, "It goes on.");
        anns.Leave(isLeader: true);
        Assert.False(anns.TryBegin(), "But nobody else waits for it.");
    }

    [Fact(Timeout = 60_000)]
    public async Task ServeAsync_LeaderIsAStrangerWhomNobodyCanTell_IsWaitedForNoLongerThanAProbe()
    {
        Prove(Bob);
        var context = Request(Bob);
        StartAnns(context);
        var serving = _desk.ServeAsync(context, unused: null);
        await _isl.NextAsync(TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromSeconds(1));

        (await _isl.NextAsync(TestContext.Current.CancellationToken)).SetResult(IslAnswers.Json("""{"a":1}"""));
        Assert.Equal(Reason.None, await serving.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Null(context.Problem);
    }

    [Fact(Timeout = 60_000)]
    public async Task ServeAsync_LeaderIsAcceptedWhenAskedFor_ItsFillIsShared()
    {
        Prove(Bob);
        var context = Request(Bob);
        StartAnns(context);
        var serving = _desk.ServeAsync(context, unused: null);
        (await _isl.NextAsync(TestContext.Current.CancellationToken)).SetResult(IslAnswers.Json("{}"));

        _anns.SetResult(new FillResult { Answer = AnswerReader.Shape(IslAnswers.Json("""{"a":1}"""), new AnswerPlaces([]), "i") });

        Assert.Equal(Reason.None, await serving.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal((CacheDisposition.Collapsed, 1), (context.Outcome.Disposition, _isl.Count));
    }

    [Fact(Timeout = 60_000)]
    public async Task ServeAsync_LeaderHadNoPatienceForTheQueue_AsksWithItsOwn()
    {
        Prove(Ann, Bob);
        var context = Request(Bob);
        StartAnns(context);
        _isl.Always = IslAnswers.Json("""{"a":1}""");
        var serving = _desk.ServeAsync(context, unused: null);

        _anns.SetResult(FillResult.NotSent(Problems.QueueFull(TimeSpan.FromSeconds(1))));

        Assert.Equal(Reason.None, await serving.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Null(context.Problem);
        Assert.Equal(1, _isl.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task ServeAsync_DeadlinePasses_IsTimeoutAndTheFillGoesOn()
    {
        var context = Request(Ann);
        var anns = StartAnns(context);
        var serving = _desk.ServeAsync(context, unused: null);

        _time.Advance(Row.Timeout);

        Assert.Equal(Reason.None, await serving.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal((504, Reason.DeadlinePassed), (context.Problem!.Status, context.Problem.Cause));
        Assert.False(anns.Completion.IsCompleted);
    }

    public void Dispose()
    {
        _queue.Dispose();
        _settings.Dispose();
    }

    private void Prove(params Credential[] credentials)
    {
        foreach (var credential in credentials) _proofs.Prove(credential, _time.GetTimestamp());
    }

    private Flight StartAnns(CacheContext context) =>
        _flights.JoinOrStart(context.Ticket.Keys.Under(Epoch), Ann, () => Orders.Of(Ann), (_, _) => _anns.Task, out _)!;

    private CacheContext Request(Credential credential)
    {
        var http = new DefaultHttpContext();
        http.Request.Method = "POST";
        http.Response.Body = new MemoryStream();
        var context = Contexts.Of(http, Row, _settings.Monitor.Current, Bodies.Plain("{}"));
        context.Ticket = new CacheTicket
        {
            Row = Row,
            Credential = credential,
            Directives = default,
            Deadline = Row.Timeout,
            Spelling = default,
            PurgeTokens = default,
            Keys = new RequestKeys(
                new KeyComposer(_settings.Monitor), http.Request, Row, "/a", Digest.Of("{}"u8), credential, null, default),
            Epochs = [Epoch],
            IsCurrent = () => ValueTask.FromResult(true),
        };
        return context;
    }
}
