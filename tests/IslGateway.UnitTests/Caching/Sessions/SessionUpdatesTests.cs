using System.Text;
using IslGateway.Caching;
using IslGateway.Caching.Sessions;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching.Credentials;
using IslGateway.UnitTests.Caching.Filling;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Sessions;

public sealed class SessionUpdatesTests : IDisposable
{
    private static readonly Digest Ann = Digest.Of("ann"u8);
    private static readonly Digest Bob = Digest.Of("bob"u8);

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new();
    private readonly ScriptedUpstream _isl = new();
    private readonly UnfinishedUpdates _unfinished = new();
    private readonly SessionVersions _versions;
    private readonly SessionUpdates _updates;

    public SessionUpdatesTests()
    {
        var metrics = new GatewayMetrics();
        metrics.AddEndpoint(_settings.Row("PreferencesUpdate").Path, cacheable: false);
        var environment = new HostingEnvironment { ContentRootFileProvider = new NullFileProvider() };
        _versions = new SessionVersions(new LocalSessionTokens(_time), _settings.Monitor, environment);
        _updates = new SessionUpdates(_settings.Table, _versions, _unfinished, _isl, metrics, _time);
    }

    [Fact]
    public void Concerns_Rows_NamedByASession() =>
        Assert.Equal(["PreferencesUpdate"], _settings.Table.Rows.Where(_updates.Concerns).Select(row => row.Name));

    [Fact]
    public async Task ForwardAsync_Update_RaisesBeforeAndAfter()
    {
        var before = await VersionAsync(Ann);
        var forwarding = ForwardAsync("""{"user_id":"ann"}""");
        var answer = await _isl.NextAsync(TestContext.Current.CancellationToken);
        var during = await VersionAsync(Ann);
        answer.SetResult(IslAnswers.Json("{}"));
        await forwarding;

        Digest[] all = [before, during, await VersionAsync(Ann)];
        Assert.Equal(3, all.Distinct().Count());
    }

    [Theory]
    [InlineData("""{"user_id":"ann"}""", false)]
    [InlineData("""{"user_id":"\u0061nn"}""", false)]
    [InlineData("""{"user_id":"ann","user_id":"bob"}""", true)]
    [InlineData("""{"user_id":7}""", true)]
    [InlineData("""{"user":"ann"}""", true)]
    [InlineData("""{"user_id":"ann""", true)]
    [InlineData("", true)]
    [InlineData("""{"user_id":"everyone"}""", false, false)]
    public async Task ForwardAsync_BodyThatNamesNoUserForSure_RaisesEveryones(string body, bool bobToo, bool annToo = true)
    {
        var (ann, bob) = (await VersionAsync(Ann), await VersionAsync(Bob));
        _isl.Always = IslAnswers.Json("{}");

        await ForwardAsync(body);

        Assert.Equal(annToo, ann != await VersionAsync(Ann));
        Assert.Equal(bobToo, bob != await VersionAsync(Bob));
    }

    [Fact]
    public async Task ForwardAsync_CodedBody_IsRead()
    {
        var (ann, bob) = (await VersionAsync(Ann), await VersionAsync(Bob));
        _isl.Always = IslAnswers.Json("{}");

        await ForwardAsync(Bodies.Gzip("""{"user_id":"ann"}"""));

        Assert.NotEqual(ann, await VersionAsync(Ann));
        Assert.Equal(bob, await VersionAsync(Bob));
        Assert.Equal("""{"user_id":"ann"}""", Encoding.UTF8.GetString(_isl.Last!.Body.Span));
    }

    [Fact]
    public async Task ForwardAsync_CallerLeaves_RaisesAgainOnlyWhenIslHasEnded()
    {
        using var leaving = new CancellationTokenSource();
        var forwarding = ForwardAsync("""{"user_id":"ann"}""", leaving.Token);
        var answer = await _isl.NextAsync(TestContext.Current.CancellationToken);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => forwarding);
        var during = await VersionAsync(Ann);
        Assert.Equal([Ann], _unfinished.Users);
        Assert.Equal(_settings.Row("PreferencesUpdate").UpstreamTimeout, _unfinished.UnsettledFor);

        answer.SetResult(new UpstreamAnswer { Failure = UpstreamFailure.Truncated });

        while (await VersionAsync(Ann) == during) await Task.Yield();
        while (_unfinished.Users.Count > 0) await Task.Yield();
        Assert.Equal(TimeSpan.Zero, _unfinished.UnsettledFor);
    }

    [Fact]
    public async Task ForwardAsync_IslFails_TheCallerIsToldAndVersionsAreRaised()
    {
        var before = await VersionAsync(Ann);
        _isl.Always = new UpstreamAnswer { Failure = UpstreamFailure.Unreachable };

        var exchange = await ForwardAsync("""{"user_id":"ann"}""");

        Assert.Equal(Reason.UpstreamUnreachable, exchange.Problem!.Cause);
        _time.Advance(_settings.Row("PreferencesUpdate").UpstreamTimeout);
        Assert.NotEqual(before, await VersionAsync(Ann));
    }

    [Theory]
    [InlineData(nameof(UpstreamFailure.TimedOut), 0, true)]
    [InlineData(nameof(UpstreamFailure.Unreachable), 0, true)]
    [InlineData(nameof(UpstreamFailure.Truncated), 0, false)]
    [InlineData(nameof(UpstreamFailure.NoReplica), 0, false)]
    [InlineData(nameof(UpstreamFailure.None), 504, true)]
    [InlineData(nameof(UpstreamFailure.None), 502, true)]
    [InlineData(nameof(UpstreamFailure.None), 503, true)]
    [InlineData(nameof(UpstreamFailure.None), 500, false)]
    [InlineData(nameof(UpstreamFailure.None), 400, false)]
    [InlineData(nameof(UpstreamFailure.None), 200, false)]
    public async Task ForwardAsync_IslMayYetApplyTheUpdate_TheUserIsUnsettledUntilItCannot(string failure, int status, bool unsettled)
    {
        _isl.Always = new UpstreamAnswer { Failure = Enum.Parse<UpstreamFailure>(failure), StatusCode = status };

        await ForwardAsync("""{"user_id":"ann"}""");

        Assert.Equal(unsettled, await _versions.CurrentAsync(Ann, asker: null, TestContext.Current.CancellationToken) is null);
        Assert.NotNull(await _versions.CurrentAsync(Bob, asker: null, TestContext.Current.CancellationToken));
        _time.Advance(_settings.Row("PreferencesUpdate").UpstreamTimeout);
        Assert.NotNull(await _versions.CurrentAsync(Ann, asker: null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task PassAsync_MayBeAnUpdate_RaisesEveryonesBeforeAndAfter()
    {
        var before = await VersionAsync(Ann);
        Digest during = default;

        await _updates.PassAsync(Contexts.Of(new DefaultHttpContext(), settings: _settings.Monitor.Current), async _ =>
        {
            during = await VersionAsync(Ann);
            Assert.Equal([SessionVersions.Everyone], _unfinished.Users);
        });

        Digest[] all = [before, during, await VersionAsync(Ann)];
        Assert.Equal(3, all.Distinct().Count());
        Assert.Empty(_unfinished.Users);
    }

    [Theory]
    [InlineData(200, false, false, false)]
    [InlineData(500, false, false, false)]
    [InlineData(504, false, false, true)]
    [InlineData(502, false, false, true)]
    [InlineData(200, true, false, true)]
    [InlineData(200, false, true, true)]
    public async Task PassAsync_IslMayYetApplyIt_EveryoneIsUnsettledUntilItCannot(int status, bool aborted, bool left, bool unsettled)
    {
        var context = new DefaultHttpContext { RequestAborted = new CancellationToken(aborted) };
        var passing = _updates.PassAsync(Contexts.Of(context, settings: _settings.Monitor.Current), _ =>
        {
            context.Response.StatusCode = status;
            return left ? Task.FromCanceled(new CancellationToken(canceled: true)) : Task.CompletedTask;
        });
        await passing.ContinueWith(static _ => { }, TaskScheduler.Default);

        Assert.Equal(left, passing.IsCanceled);
        Assert.Equal(unsettled, await _versions.CurrentAsync(Bob, asker: null, TestContext.Current.CancellationToken) is null);
        _time.Advance(_settings.Row("PreferencesUpdate").UpstreamTimeout);
        Assert.NotNull(await _versions.CurrentAsync(Bob, asker: null, TestContext.Current.CancellationToken));
    }

    public void Dispose() => _settings.Dispose();

    private async Task<Digest> VersionAsync(Digest user) =>
        (await _versions.CurrentAsync(user, asker: null, TestContext.Current.CancellationToken))!.Value;

    private Task<CacheContext> ForwardAsync(string body, CancellationToken? aborted = null) =>
        ForwardAsync(Bodies.Plain(Encoding.UTF8.GetBytes(body)), aborted);

    private async Task<CacheContext> ForwardAsync(RequestBody body, CancellationToken? aborted = null)
    {
        var row = _settings.Row("PreferencesUpdate");
        var http = new DefaultHttpContext { RequestAborted = aborted ?? TestContext.Current.CancellationToken };
        http.Request.Method = "POST";
        var context = Contexts.Of(http, row, _settings.Monitor.Current, body);
        await _updates.ForwardAsync(context, row);
        return context;
    }
}
