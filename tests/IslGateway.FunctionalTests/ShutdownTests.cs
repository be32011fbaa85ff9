using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>How the real process comes and goes.</summary>
public sealed class ShutdownTests
{
    private const string Production = "--environment=Production";

    private const string HalfAHead = "GET /openapi.json HTTP/1.1\r\nHo";

    private const string HalfAPassedBody = "POST /other HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    public static TheoryData<int, int> Signals => new() { { 15, 143 }, { 2, 130 } };

    public static TheoryData<string> UnfinishedRequests =>
    [
        HalfAHead,
        RawHttp.Request(
            "", $"POST {Isl.Validate} HTTP/1.1", "Host: x", "Expect: 100-continue", "Content-Type: application/json",
            "Content-Length: 100"),
        HalfAPassedBody,
    ];

    [Fact]
    public async Task Sigterm_WithAReadinessDelay_FailsReadinessFirstAndServesMeanwhile()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = GatewayProcess.Start([Production, $"--Isl:BaseUrl={isl.BaseAddress}", "--Shutdown:ReadinessDelay=8s"]);
        await gateway.BannerAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        using var management = new HttpClient { BaseAddress = gateway.Management };

        gateway.Terminate();
        await Eventually.TrueAsync(
            async () => await StatusAsync(management, "/health/ready") == 503, Soon, "readiness fails");
        using var served = await client.PostAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    /// <summary>The library's own patience is 5 s.</summary>
    [Fact]
    public async Task Sigterm_CollectorOfTracesTakesNothing_HoldsTheEndForASecondAtTheMost()
    {
        await using var isl = await StartIslAsync();
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        var without = await EndsInAsync(isl);

        // A machine that is busy may hold it up longer: one end in five goes as it should on any.
        var with = TimeSpan.MaxValue;
        for (var round = 0; round < 5 && with > (3 * without) + TimeSpan.FromSeconds(3); round++)
        {
            with = await EndsInAsync(isl, new Dictionary<string, string?>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{collector.LocalEndpoint}",
            });
        }

        Assert.InRange(with, TimeSpan.Zero, (3 * without) + TimeSpan.FromSeconds(3));
    }

    /// <summary>Callers who keep their connections are told in time, so that none of them asks on one that is about to be closed.</summary>
    [Fact]
    public async Task Sigterm_WithAReadinessDelay_CallersOfKeptConnectionsAreToldAndLoseNothing()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = GatewayProcess.Start([Production, $"--Isl:BaseUrl={isl.BaseAddress}", "--Shutdown:ReadinessDelay=8s"]);
        await gateway.BannerAsync();
        var callers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RawHttp.ConnectAsync(gateway.Address)));
        foreach (var caller in callers) Assert.Null(await AskAsync(caller));

        gateway.Terminate();
        var told = await Task.WhenAll(callers.Select(UntilToldAsync));

        Assert.All(told, Assert.True);
        foreach (var caller in callers) await caller.DisposeAsync();
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Fact]
    public async Task Sigterm_WithAReadinessDelay_Http2ConnectionsAreSentAwayAndTheirRequestIsAnswered()
    {
        await using var isl = await StartIslAsync();
        var h2c = FreePort.Next();
        await using var gateway = GatewayProcess.Start(
            [Production, $"--Isl:BaseUrl={isl.BaseAddress}", "--Shutdown:ReadinessDelay=8s",
                $"--Kestrel:Endpoints:GatewayH2c:Url=http://localhost:{h2c}"]);
        await gateway.BannerAsync();
        using var client = new HttpClient
        {
            BaseAddress = new Uri($"http://localhost:{h2c}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var management = new HttpClient { BaseAddress = gateway.Management };

        gateway.Terminate();
        await Eventually.TrueAsync(async () => await StatusAsync(management, "/health/ready") == 503, Soon, "readiness fails");
        for (var i = 0; i < 5; i++)
        {
            using var answer = await client.GetAsync("/ready", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.False(answer.Headers.Contains("Connection"));
        }

        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Theory]
    [MemberData(nameof(Signals))]
    public async Task SecondSignal_DuringTheDrain_EndsItAtOnce(int number, int exitCode)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = GatewayProcess.Start([Production, $"--Isl:BaseUrl={isl.BaseAddress}"]);
        await gateway.BannerAsync();
        isl.State.Hang(Isl.Teach);
        using var client = new HttpClient { BaseAddress = gateway.Address };
        var running = client.PostAsync(Isl.Teach, "{}");
        await Eventually.TrueAsync(() => isl.State.LastCalls(Isl.Teach).Count == 1, Soon, "ISL has the call");

        gateway.Terminate();
        await Eventually.TrueAsync(async () => !await ListensAsync(gateway.Address), Soon, "no new connection is taken");
        Assert.False(gateway.HasExited);
        var second = Stopwatch.GetTimestamp();
        gateway.Send(new UnixSignal(number));

        Assert.Equal(exitCode, await gateway.WaitForExitAsync());
        Figures.Report("start-and-end", $"ended {Stopwatch.GetElapsedTime(second).TotalMilliseconds:0} ms after the second signal");
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => running);
    }

    [Fact]
    public async Task Sigterm_RequestLongerThanTheDrain_IsCutAndTheProcessEndsInGoodOrder()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = GatewayProcess.Start([Production, $"--Isl:BaseUrl={isl.BaseAddress}", "--Shutdown:DrainTimeout=1s"]);
        await gateway.BannerAsync();
        isl.State.Hang(Isl.Teach);
        using var client = new HttpClient { BaseAddress = gateway.Address };
        var running = client.PostAsync(Isl.Teach, "{}");
        await Eventually.TrueAsync(() => isl.State.LastCalls(Isl.Teach).Count == 1, Soon, "ISL has the call");

        gateway.Terminate();

        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.DoesNotContain("   at ", gateway.Output, StringComparison.Ordinal);
        await Task.WhenAny(running);
    }

    /// <summary>Requests below the minimum rate are closed; those that the rate does not catch end with the drain.</summary>
    [Theory]
    [MemberData(nameof(UnfinishedRequests))]
    public async Task Sigterm_UnfinishedRequest_HoldsTheEndNoLongerThanTheDrain(string unfinished)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = GatewayProcess.Start([Production, $"--Isl:BaseUrl={isl.BaseAddress}", "--Shutdown:DrainTimeout=3s"]);
        await gateway.BannerAsync();
        await using var caller = await BeginAsync(gateway, unfinished);

        var signal = Stopwatch.GetTimestamp();
        gateway.Terminate();

        Assert.Equal(0, await gateway.WaitForExitAsync());
        Figures.Report(
            "start-and-end", $"ended {Stopwatch.GetElapsedTime(signal).TotalMilliseconds:0} ms after the signal, one request unfinished");
        Assert.DoesNotContain("   at ", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_RequestUnderWay_IsAnsweredWholeThenItEnds()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = GatewayProcess.Start([Production, $"--Isl:BaseUrl={isl.BaseAddress}", "--Shutdown:DrainTimeout=5m"]);
        await gateway.BannerAsync();
        isl.State.Hang(Isl.Teach);
        using var client = new HttpClient { BaseAddress = gateway.Address };
        var running = client.PostAsync(Isl.Teach, "{}");
        await Eventually.TrueAsync(() => isl.State.LastCalls(Isl.Teach).Count == 1, Soon, "ISL has the call");

        gateway.Terminate();
        await Eventually.TrueAsync(async () => !await ListensAsync(gateway.Address), Soon, "no new connection is taken");
        Assert.False(running.IsCompleted);
        isl.State.ReleaseHang();

        using (var answer = await running) Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Fact]
    public async Task Sigterm_FillThatNobodyWaitsFor_IsStoredForTheNextStart()
    {
        RedisProcess.RequireOrSkip();
        await using var redis = await RedisProcess.StartAsync();
        await using var isl = await StartIslAsync();
        string[] settings =
            [Production, $"--Isl:BaseUrl={isl.BaseAddress}", $"--ConnectionStrings:Redis={redis.ConnectionString}",
                "--Cache:LookupBudget=5s", "--Cache:WriteBudget=5s", "--Shutdown:ConfirmTimeout=30s"];
        await using (var gateway = GatewayProcess.Start(settings))
        {
            await gateway.BannerAsync();
            await ReadyAsync(gateway, "ok", "ok");
            isl.State.Hang(Isl.Validate);
            using var client = new HttpClient { BaseAddress = gateway.Address };

            // A fill that has not begun when its last caller leaves is dropped.
            for (var patience = 500; isl.State.Calls(Isl.Validate) == 0; patience *= 2)
            {
                using var left = await client.PostAsync(Isl.Validate, Isl.ValidateBody, $"X-Timeout-Ms: {patience}");
                Assert.Equal(HttpStatusCode.GatewayTimeout, left.StatusCode);
            }

            gateway.Terminate();
            await Eventually.TrueAsync(async () => !await ListensAsync(gateway.Address), Soon, "no new connection is taken");
            isl.State.ReleaseHang();
            Assert.Equal(0, await gateway.WaitForExitAsync());
        }

        await using var next = GatewayProcess.Start(settings);
        await next.BannerAsync();
        await ReadyAsync(next, "ok", "ok");
        using var caller = new HttpClient { BaseAddress = next.Address };
        using var hit = await caller.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.EndsWith("detail=redis", hit.CacheStatus(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_IslAndRedisAbsent_SucceedsAndHealsByItself()
    {
        RedisProcess.RequireOrSkip();
        var islPort = FreePort.Next();
        await using var redis = await RedisProcess.StartAsync();
        await redis.KillAsync();
        var begun = Stopwatch.GetTimestamp();
        await using var gateway = GatewayProcess.Start(
            [Production, $"--Isl:BaseUrl=http://127.0.0.1:{islPort}", $"--ConnectionStrings:Redis={redis.ConnectionString}"]);

        var banner = await gateway.BannerAsync();
        Figures.Report("start-and-end", $"without ISL and Redis up after {Stopwatch.GetElapsedTime(begun).TotalMilliseconds:0} ms");
        Assert.Contains(
            "not known yet: until its health reports it nothing is stored, and what Redis has", banner, StringComparison.Ordinal);
        Assert.Contains("Redis not reached yet", banner, StringComparison.Ordinal);
        await ReadyAsync(gateway, "unknown", "down");
        using var client = new HttpClient { BaseAddress = gateway.Address };
        using (var answer = await client.PostAsync(Isl.Validate, Isl.ValidateBody))
            Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);

        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 }, $"http://127.0.0.1:{islPort}");
        await redis.RestartAsync();
        var came = Stopwatch.GetTimestamp();
        await ReadyAsync(gateway, "ok", "ok");
        Figures.Report("start-and-end", $"healed after {Stopwatch.GetElapsedTime(came).TotalMilliseconds:0} ms");
        await Eventually.TrueAsync(
            async () =>
            {
                using var again = await client.PostAsync(Isl.Validate, Isl.ValidateBody);
                return again.CacheStatus().Contains("; hit;", StringComparison.Ordinal);
            },
            Soon, "a repeat is a hit");
    }

    [Fact]
    public async Task Start_MoreThanTheMemoryThereIs_IsRefusedOutsideDevelopmentAndWarnedOfInIt()
    {
        var memory = new Dictionary<string, string?> { ["DOTNET_GCHeapHardLimit"] = "0x10000000" };

        var refused = await GatewayProcess.RunAsync([Production, "--Isl:BaseUrl=http://isl:8000"], memory);
        await using var warned = GatewayProcess.Start(["--environment=Development"], memory);
        var banner = await warned.BannerAsync();

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("Cache:Memory:SizeLimit", refused.Output, StringComparison.Ordinal);
        Assert.Contains("Limits:MaxBufferedBytes", refused.Output, StringComparison.Ordinal);
        Assert.Contains("656 MiB needed, 256 MiB there (needed: cache 256 MiB by", refused.Output, StringComparison.Ordinal);
        Assert.Matches("memory +656 MiB needed, 256 MiB there .*WARNING", banner);
    }

    private static Task<SimulatorHost> StartIslAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs Unix signals");
        return SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
    }

    /// <summary>Waits until readiness, at 200, says so.</summary>
    private static async Task ReadyAsync(GatewayProcess gateway, string isl, string redis)
    {
        using var client = new HttpClient { BaseAddress = gateway.Management };
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                using var report = JsonDocument.Parse(await answer.TextAsync());
                return (report.RootElement.GetProperty("isl").GetString(),
                    report.RootElement.GetProperty("redis").GetString()) == (isl, redis);
            },
            Soon, $"readiness says isl {isl}, redis {redis}");
    }

    /// <summary>
    /// Sends part of a request and returns once the gateway waits for more: it asks for a body; a head begins behind a request that is
    /// answered.
    /// </summary>
    private static async Task<RawHttp> BeginAsync(GatewayProcess gateway, string part)
    {
        var caller = await RawHttp.ConnectAsync(gateway.Address);
        var isHead = part == HalfAHead;
        await caller.SendAsync(isHead ? RawHttp.Request("", "GET /health HTTP/1.1", "Host: x") + part : part);
        Assert.Equal(isHead ? 200 : 100, isHead ? (await caller.ReadAnswerAsync()).Status : (await caller.ReadHeadAsync()).Status);
        if (!isHead) await caller.SendAsync("{");

        // A whole exchange later, what was sent before is read.
        Assert.Equal(
            200,
            (await RawHttp.ExchangeAsync(
                gateway.Address, RawHttp.Request("", "GET /health HTTP/1.1", "Host: x", "Connection: close"))).Status);
        return caller;
    }

    private static async Task<int> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    private static async Task<bool> ListensAsync(Uri address)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>How long an idle gateway takes from the signal to its end, with these settings.</summary>
    private static async Task<TimeSpan> EndsInAsync(SimulatorHost isl, IReadOnlyDictionary<string, string?>? environment = null)
    {
        await using var gateway = GatewayProcess.Start([Production, $"--Isl:BaseUrl={isl.BaseAddress}"], environment);
        await gateway.BannerAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        (await client.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        var signal = Stopwatch.GetTimestamp();
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());
        return Stopwatch.GetElapsedTime(signal);
    }

    /// <summary>Asks once; what the answer says of the connection.</summary>
    private static async Task<string?> AskAsync(RawHttp caller)
    {
        await caller.SendAsync(RawHttp.Request("", "GET /ready HTTP/1.1", "Host: x"));
        var answer = await caller.ReadAnswerAsync();
        Assert.Equal(200, answer.Status);
        return answer.All("Connection") is [var said] ? said : null;
    }

    /// <summary>Asks on and on until told that the connection is at its end.</summary>
    private static async Task<bool> UntilToldAsync(RawHttp caller)
    {
        while (await AskAsync(caller) != "close")
        {
            // The signal is on its way.
        }

        return true;
    }
}
