using System.Net;
using System.Net.Sockets;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>What an operator sees of the real process: banner, errors, exit codes.</summary>
public sealed class StartTests
{
    private const string Development = "--environment=Development";
    private const string Production = "--environment=Production";

    [Fact]
    public async Task Development_WithoutSettings_RunsBeforeTheSimulatorAndSaysSo()
    {
        await using var gateway = GatewayProcess.Start([Development]);

        var banner = await gateway.BannerAsync();

        Assert.Matches("upstream +SIMULATOR", banner);
        Assert.Contains("Isl:BaseUrl", banner, StringComparison.Ordinal);
        Assert.Matches("epoch +isl-1: cb0a8a533671 .*sim-0001", banner);
        Assert.Matches("tiers +memory 256 MiB, no Redis", banner);
        Assert.Matches("credentials +Partitioned", banner);
        Assert.Matches("mode +On", banner);
        Assert.Matches($"gateway +{gateway.Address.GetLeftPart(UriPartial.Authority)}", banner);
        Assert.Matches($"management +{gateway.Management.GetLeftPart(UriPartial.Authority)}", banner);
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(new Uri(gateway.Management, "/metrics"), TestContext.Current.CancellationToken);
        Assert.Contains("isl_gateway_upstream_info{kind=\"simulator\"} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rehearsal_OfAHit_LeavesNothingBehind()
    {
        await using var rig = await Rig.StartAsync();

        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal(0, metrics.Sum("plot_isl_requests_total") + metrics.Sum("plot_isl_latency_seconds_count"));
        Assert.Equal((0, 0), (rig.Memory.Entries, rig.Buffers.InUse));
    }

    [Fact]
    public async Task Buffers_InWhichOneBodyMayNotFit_AreWarnedOf()
    {
        await using var gateway = GatewayProcess.Start([Development, "--Limits:MaxBufferedBytes=16MiB"]);
        Assert.Matches("buffers +WARNING: .* 50MiB .* 16MiB", await gateway.BannerAsync());
    }

    /// <summary>What a reload says would come out of the time that was meant for requests.</summary>
    [Fact]
    public async Task Stop_ReadinessDelayWasReloaded_GoesByTheOneOfTheStart()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        gateway.Reload("Shutdown:ReadinessDelay", "1h");

        await gateway.DisposeAsync().AsTask()
            .WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task CurlPairOfTheBanner_AsPrinted_ShowsAMissAndThenAHit()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs sh");
        await using var gateway = GatewayProcess.Start([Development]);
        var lines = (await gateway.BannerAsync()).Split('\n').Where(line => line.Contains("curl -si", StringComparison.Ordinal))
            .Select(line => line.Trim()).ToArray();
        Assert.Equal(2, lines.Length);

        var answers = new List<string>();
        foreach (var line in lines) answers.Add(await RunAsync(line));

        Assert.Contains("IslGateway; fwd=miss; stored", answers[0], StringComparison.Ordinal);
        Assert.Contains("IslGateway; hit; ttl=", answers[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Production_BeforeAnIsl_NamesItAndItsEpoch()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, Build = "unknown" });
        await using var gateway = GatewayProcess.Start([Production, $"--Isl:BaseUrl={isl.BaseAddress}"]);

        var banner = await gateway.BannerAsync();

        Assert.Contains($"upstream     {isl.BaseAddress}", banner, StringComparison.Ordinal);
        Assert.Contains("WARNING: without a build", banner, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gateway")]
    [InlineData("Management")]
    public async Task PortTaken_IsNamedWithTheSettingThatMovesIt(string listener)
    {
        using var taken = new TcpListener(IPAddress.Loopback, FreePort.Next());
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var other = listener == "Gateway" ? "Management" : "Gateway";

        var result = await GatewayProcess.RunAsync([
            Development, $"--Kestrel:Endpoints:{listener}:Url=http://127.0.0.1:{port}",
            $"--Kestrel:Endpoints:{other}:Url=http://127.0.0.1:{FreePort.Next()}",
        ]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"127.0.0.1:{port}", result.Output, StringComparison.Ordinal);
        Assert.Contains($"Move it with --Kestrel:Endpoints:{listener}:Url=", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "Kestrel:Endpoints:Tls:Url", "--Kestrel:Endpoints:Tls:Url=http://localhost:8o80")]
    [InlineData(2, "Kestrel:Endpoints:Tls:Url", "--Kestrel:Endpoints:Tls:Url=http://localhost:99999")]
    [InlineData(2, "is no file", "--Kestrel:Endpoints:T:Url=https://localhost:0", "--Kestrel:Endpoints:T:Certificate:Path=/no/such.pem")]
    [InlineData(2, "Logging:LogLevel:Default = \"Verbose\": must be Trace, ", "--Logging:LogLevel:Default=Verbose")]
    [InlineData(2, "did you mean ConnectionStrings:Redis?", "--ConnectionStrings:Reddis=localhost")]
    [InlineData(2, "'--Cache:Mode' has no value", "--Cache:Mode")]
    [InlineData(2, "'--Cache:Mode' has no value", "--Cache:Mode", "--Cache:Jitter=0")]
    [InlineData(1, "Not every listener can be opened (", "--Kestrel:Endpoints:Tls:Url=http://203.0.113.9:8080")]
    [InlineData(
        1, "T https://localhost:0", "--Kestrel:Endpoints:T:Url=https://localhost:0",
        "--Kestrel:Endpoints:T:Certificate:Path=appsettings.json")]
    public async Task WhatKeepsItFromStarting_IsSaidWithoutAnException(int exitCode, string said, params string[] settings)
    {
        string[] anyPorts = ["--Kestrel:Endpoints:Gateway:Url=http://127.0.0.1:0", "--Kestrel:Endpoints:Management:Url=http://127.0.0.1:0"];
        var result = await GatewayProcess.RunAsync([Development, .. anyPorts, .. settings]);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongSettings_AreNamedAllAtOnce()
    {
        var result = await GatewayProcess.RunAsync([
            Production, "--Isl:BaseUrl=isl:8000", "--Cache:DefaultTtl=300", "--Cache:Memory:SizeLimit=lots", "--Cache:Mode=Sometimes",
            "--Limits:MaxQueue=-1", "--Isl:HealthIntervall=2s", "--Endpoints:CausalValidate:Ttl=soon",
        ]);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("7 settings are wrong:", result.Output, StringComparison.Ordinal);
        foreach (var named in (string[])[
            "Isl:BaseUrl = \"isl:8000\"", "Cache:DefaultTtl = \"300\"", "Cache:Memory:SizeLimit = \"lots\"", "Cache:Mode = \"Sometimes\"",
            "Limits:MaxQueue = \"-1\"", "Isl:HealthIntervall", "Isl:HealthInterval", "Endpoints:CausalValidate:Ttl = \"soon\"",
        ]) Assert.Contains(named, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Production_WithoutAnIsl_DoesNotStart()
    {
        var result = await GatewayProcess.RunAsync([]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("Isl:BaseUrl: must be set outside Development", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IslBaseUrl_UnderItsOldName_IsAnErrorThatNamesTheRightOne()
    {
        var result = await GatewayProcess.RunAsync([Development], new Dictionary<string, string?> { ["ISL_BASE_URL"] = "http://isl:8000" });

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("ISL_BASE_URL: is not read; did you mean Isl__BaseUrl?", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serv")]
    [InlineData("simulat")]
    [InlineData("--Cache:Mode=On", "extra")]
    public async Task Verb_Unknown_IsMisuse(params string[] arguments)
    {
        var result = await GatewayProcess.RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"'{arguments[^1]}' is neither a command nor a setting", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_NamesTheVerbs()
    {
        var result = await GatewayProcess.RunAsync(["--help"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("demo", result.Output, StringComparison.Ordinal);
        Assert.Contains("simulate", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_WhileIdle_EndsInGoodOrder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs Unix signals");
        await using var gateway = GatewayProcess.Start([Development]);
        await gateway.BannerAsync();

        gateway.Terminate();

        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Fact]
    public async Task Sigterm_DuringARequest_LetsItEndFirst()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs Unix signals");
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = GatewayProcess.Start(
            [Production, $"--Isl:BaseUrl={isl.BaseAddress}", "--Logging:LogLevel:Default=Information"]);
        await gateway.BannerAsync();
        isl.State.Hang(Isl.Teach);
        using var client = new HttpClient();
        client.BaseAddress = gateway.Address;
        var running = client.PostAsync(Isl.Teach, "{}");
        await Eventually.TrueAsync(() => isl.State.LastCalls(Isl.Teach).Count == 1, TimeSpan.FromSeconds(60), "ISL has the call");

        gateway.Terminate();
        await Eventually.TrueAsync(
            async () => !await ListensAsync(gateway.Address), TimeSpan.FromSeconds(60), "no new connection is taken");
        isl.State.ReleaseHang();
        using var answer = await running;

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Fact]
    public async Task Bombs_AtAProcessWithASmallHeap_DoNotEndIt()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = GatewayProcess.Start(
            [Production, $"--Isl:BaseUrl={isl.BaseAddress}", "--Limits:MaxBufferedBytes=96MiB", "--Cache:Memory:SizeLimit=16MiB"],
            new Dictionary<string, string?> { ["DOTNET_GCHeapHardLimit"] = "0x10000000" });
        await gateway.BannerAsync();
        using var client = new HttpClient();
        client.BaseAddress = gateway.Address;

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            client.SendAsync(Isl.Post(Isl.Validate, Packed.Bomb, "Content-Encoding: gzip"), TestContext.Current.CancellationToken)));
        using var after = await client.PostAsync(Isl.Validate, Isl.ValidateBody);

        Assert.All(
            answers,
            answer => Assert.Contains(
                answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.ServiceUnavailable]));
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.RequestEntityTooLarge);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        foreach (var answer in answers) answer.Dispose();
    }

    private static async Task<string> RunAsync(string commandLine)
    {
        Assert.SkipUnless(Processes.FindOnPath("curl") is not null, "needs curl");
        var result = await Processes.RunAsync("sh", ["-c", commandLine], "", TimeSpan.FromSeconds(60));
        Assert.Equal(0, result.ExitCode);
        return result.Output;
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
}
