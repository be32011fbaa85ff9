using CsCheck;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching;
using IslGateway.UnitTests.Caching.Credentials;
using IslGateway.UnitTests.Caching.Epochs;
using IslGateway.Upstream;
using IslGateway.Upstream.Forwarding;
using IslGateway.Workflows.Warming;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Workflows.Warming;

/// <summary>Warming and rollover share one budget, and neither takes what callers need.</summary>
public sealed class WarmingTurnsTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Whoever asks for a turn, however often and in whatever order calls begin and end.</summary>
    [Fact]
    public void TryTake_WhateverIsAskedWhen_IsWithinCallsPerMinuteAndConcurrency() =>
        Gen.Select(Gen.Int[1, 30], Gen.Int[1, 4], Arrivals).Sample((callsPerMinute, concurrency, arrivals) =>
        {
            using var stage = new Stage(
                ("Warming:CallsPerMinute", $"{callsPerMinute}"), ("Warming:Concurrency", $"{concurrency}"));
            var begun = new List<long>();
            var underWay = new List<(IDisposable Place, long Ends)>();
            foreach (var (pause, duration, isRollover) in arrivals)
            {
                stage.Pass(TimeSpan.FromMilliseconds(pause));
                foreach (var (place, _) in underWay.Where(call => call.Ends <= stage.Now)) place.Dispose();
                underWay.RemoveAll(call => call.Ends <= stage.Now);
                if (stage.TryTake(isRollover) is not { } taken) continue;
                begun.Add(stage.Now);
                underWay.Add((taken, stage.Now + duration));
                if (underWay.Count > concurrency || stage.Budget.UnderWay != underWay.Count) return false;
            }

            foreach (var (place, _) in underWay) place.Dispose();
            return stage.Budget.UnderWay == 0 && stage.Limiter.Running == 0
                && begun.TrueForAll(at => begun.Count(other => other >= at && other < at + Window.TotalMilliseconds) <= callsPerMinute);
        });

    [Fact]
    public async Task TryTake_CallersAtIsl_RolloverWaitsAndWarmingNeedsAFreePlaceOnly()
    {
        using var stage = new Stage(("Limits:MaxConcurrentUpstream", "3"));
        var callers = await stage.Limiter.EnterAsync(stage.Credential, Window, TestContext.Current.CancellationToken);

        Assert.Null(stage.TryTake(isRollover: true));
        using (stage.TryTake(isRollover: false)) Assert.Null(stage.TryTake(isRollover: true));

        callers!.Dispose();
        using var own = stage.TryTake(isRollover: true);
        Assert.NotNull(own);
        using var another = stage.TryTake(isRollover: true);
        Assert.NotNull(another);
    }

    [Fact]
    public void Dispose_OfAPlaceTwice_GivesItBackOnce()
    {
        using var stage = new Stage(("Warming:Concurrency", "2"));
        var first = stage.TryTake(isRollover: false)!;
        var second = stage.TryTake(isRollover: false)!;

        first.Dispose();
        first.Dispose();

        Assert.Equal((1, 1), (stage.Budget.UnderWay, stage.Limiter.Running));
        second.Dispose();
    }

    private static Gen<(int Pause, int Duration, bool IsRollover)[]> Arrivals { get; } =
        Gen.Select(Gen.Int[0, 4_000], Gen.Int[0, 30_000], Gen.Bool).Array[0, 200];

    private sealed class Stage : IDisposable
    {
        private readonly FakeTimeProvider _time = new();
        private readonly LiveSettings _settings;
        private readonly ConnectionCount _connections = new();
        private readonly WarmingCredential _warming;
        private readonly WarmingTurns _turns;
        private readonly ReplicaRegistry _replicas;
        private readonly UpstreamCall _call;

        public Stage(params (string Key, string? Value)[] settings)
        {
            _settings = new LiveSettings(settings);
            var (monitor, metrics, source) = (_settings.Monitor, new GatewayMetrics(), new FixedReplicas("r1"));
            _replicas = new ReplicaRegistry(source, monitor, _time);
            Budget = new WarmingBudget(monitor, _time);
            var proofs = new ProofCache(_settings.Tokens(_time), monitor, _time);
            Limiter = new UpstreamLimiter(new ScriptedUpstream(), proofs, monitor, metrics, _time);
            _turns = new WarmingTurns(
                Budget, Limiter, new RateLimits(proofs, metrics, _time), new PoolMetrics(_connections, source, monitor, metrics),
                _replicas, monitor, _time);
            _warming = WarmingCredential.Of(monitor.Current)[0];
            _call = new UpstreamCall("POST", "/a", new HeaderDictionary(), default) { MaxAnswerSize = 0, Credential = Credential };
        }

        public WarmingBudget Budget { get; }

        public UpstreamLimiter Limiter { get; }

        public Credential Credential { get; } = new(Digest.OfText("plot"));

        public long Now { get; private set; }

        public void Pass(TimeSpan time)
        {
            _time.Advance(time);
            Now += (long)time.TotalMilliseconds;
        }

        public IDisposable? TryTake(bool isRollover)
        {
            _replicas.Replicas[0].Report(new Epoch("f", "1", "b"), _time.GetTimestamp(), Window);
            return _turns.TryTake(_warming, _call, isRollover);
        }

        public void Dispose()
        {
            Limiter.Dispose();
            _warming.Dispose();
            _connections.Dispose();
            _settings.Dispose();
        }
    }
}
