using System.Diagnostics;
using System.Net;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Upstream.Forwarding;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>ISL's name, when the name server does not answer.</summary>
public sealed class NameLookupTests
{
    private const int Misses = 40;
    private const string Idle = """isl_gateway_upstream_connections{state="idle"}""";

    /// <summary>Many times what a call may take, and far less than any deadline of a row.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Lookup_ThatNeverEnds_FailsMissesInConnectTimeoutAndHitsGoOn()
    {
        await using var stage = await Stage.StartAsync();
        using var stored = await stage.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal("IslGateway; fwd=miss; stored", stored.CacheStatus());
        await stage.GoesSilentAsync();

        var started = Stopwatch.GetTimestamp();
        var asked = Enumerable.Range(0, Misses).Select(i => stage.Client.PostAsync(Isl.Counterfactual, Body(i))).ToList();
        using var hit = await stage.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.StartsWith("IslGateway; hit", hit.CacheStatus(), StringComparison.Ordinal);
        foreach (var task in asked)
        {
            using var answer = await task;
            await answer.AssertProblemAsync(HttpStatusCode.BadGateway, "ISL_SERVICE_UNAVAILABLE", "upstream-unreachable");
        }

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, Soon);
        Assert.Equal(1, stage.SilentLookups);
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/health")]
    [InlineData(Isl.Teach)]
    public async Task Lookup_ThatNeverEnds_IsUnreachableOnPassThrough(string path)
    {
        await using var stage = await Stage.StartAsync();
        await stage.GoesSilentAsync();

        using var answer = path == Isl.Teach
            ? await stage.Client.PostAsync(path, "{}")
            : await stage.Client.GetAsync(path, TestContext.Current.CancellationToken);

        using var problem = JsonDocument.Parse(await answer.TextAsync());
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("IslGateway; detail=upstream-unreachable", answer.CacheStatus());
        Assert.DoesNotContain("UpstreamTimeout", problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static string Body(int n) => Isl.CounterfactualBody.Replace("60", $"{1_000 + n}", StringComparison.Ordinal);

    /// <summary>A gateway that knows ISL by a name, with a name server of the test's.</summary>
    private sealed class Stage(SimulatorHost isl) : IAsyncDisposable
    {
        private GatewayUnderTest? _gateway;
        private volatile bool _isSilent;
        private int _silentLookups;

        public HttpClient Client => _gateway!.Client;

        /// <summary>How often the name server was asked that does not answer.</summary>
        public int SilentLookups => Volatile.Read(ref _silentLookups);

        public static async Task<Stage> StartAsync()
        {
            var stage = new Stage(await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 }));
            stage._gateway = await GatewayUnderTest.StartAsync(
                [new Uri($"http://isl.test:{stage.Port}")], services => services.AddSingleton(new HostLookups(stage.LookUp)),
                "Isl:ConnectTimeout=200ms", "Isl:IdleTimeout=100ms", "Circuit:MinimumFailures=1000");
            return stage;
        }

        /// <summary>The name server answers no more, and no connection is left.</summary>
        public async Task GoesSilentAsync()
        {
            _isSilent = true;
            await Eventually.TrueAsync(async () => (await Exposition.OfAsync(_gateway!))[Idle] == 0, Soon, "no connection to ISL is left");
        }

        public async ValueTask DisposeAsync()
        {
            await _gateway!.DisposeAsync();
            await isl.DisposeAsync();
        }

        private int Port => isl.BaseAddress.Port;

        private Task<IPAddress[]> LookUp(string host)
        {
            if (!_isSilent) return Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
            Interlocked.Increment(ref _silentLookups);
            return new TaskCompletionSource<IPAddress[]>().Task;
        }
    }
}
