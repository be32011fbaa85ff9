using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>What the log says of the end, which is all that is left to whoever asks afterwards whether anything was cut off.</summary>
public sealed class DrainLogTests
{
    private const string ToldToStop = "Told to stop: requests under way 1, calls to ISL under way or waiting 1; they have";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Sigterm_RequestThatEndsInTime_TheLogCountsItAndSaysThatNothingWasCutOff()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, "--Shutdown:ReadinessDelay=500ms", "--Shutdown:DrainTimeout=5m");
        using var client = new HttpClient { BaseAddress = gateway.Address };
        var running = await BeginAsync(isl, client);

        gateway.Terminate();
        await Eventually.TrueAsync(
            () => gateway.Output.Contains($"{ToldToStop} 300.5 s", StringComparison.Ordinal), Soon, "the log says what is under way");
        Assert.DoesNotContain("Drained", gateway.Output, StringComparison.Ordinal);
        isl.State.ReleaseHang();
        using var answer = await running;

        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Matches(
            "\"Information\",\"Category\":\"IslGateway.Operations.Drain\",\"Message\":\"Drained in \\d+ ms: nothing was cut off",
            gateway.Output);
        Assert.DoesNotContain("Gave up", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_RequestLongerThanTheDrain_TheLogWarnsOfWhatWasCutOff()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, "--Shutdown:DrainTimeout=1s");
        using var client = new HttpClient { BaseAddress = gateway.Address };
        var running = await BeginAsync(isl, client);

        gateway.Terminate();

        Assert.Equal(0, await gateway.WaitForExitAsync());
        var told = gateway.Output.Split('\n').Single(line => line.Contains("Told to stop", StringComparison.Ordinal));
        Assert.True(told.Contains($"{ToldToStop} 1 s", StringComparison.Ordinal), told);
        var gaveUp = gateway.Output.Split('\n').Single(line => line.Contains("Gave up", StringComparison.Ordinal));
        Assert.Matches("\"Warning\",\"Category\":\"IslGateway.Operations.Drain\"", gaveUp);
        Assert.Contains("requests cut off 1, calls to ISL dropped 1.", gaveUp, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpectedly", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Drained", gateway.Output, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => running);
    }

    [Fact]
    public async Task Sigterm_NothingUnderWay_TheLogSaysSo()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl);

        gateway.Terminate();

        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Contains(
            "Told to stop: requests under way 0, calls to ISL under way or waiting 0; they have 30 s", gateway.Output,
            StringComparison.Ordinal);
        Assert.Contains("Drained in", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondSignal_DuringTheDrain_SaysThatItEndsAtOnce()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl);
        using var client = new HttpClient { BaseAddress = gateway.Address };
        var running = await BeginAsync(isl, client);
        gateway.Terminate();
        await Eventually.TrueAsync(() => gateway.Output.Contains(ToldToStop, StringComparison.Ordinal), Soon, "it drains");

        gateway.Terminate();

        Assert.Equal(143, await gateway.WaitForExitAsync());
        Assert.Contains("a second signal: it ends at once", gateway.Output, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => running);
    }

    private static Task<SimulatorHost> StartIslAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs Unix signals");
        return SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
    }

    private static async Task<GatewayProcess> StartAsync(SimulatorHost isl, params string[] settings)
    {
        var gateway = GatewayProcess.Start(["--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}", .. settings]);
        await gateway.BannerAsync();

        // Before ISL's configuration is known, requests go past the fills.
        using var management = new HttpClient { BaseAddress = gateway.Management };
        await Eventually.TrueAsync(
            async () => (await management.GetStringAsync("/health/ready", TestContext.Current.CancellationToken))
                .Contains("\"isl\":\"ok\"", StringComparison.Ordinal),
            Soon, "ISL's configuration is known");
        return gateway;
    }

    /// <summary>Sends a question that ISL has and does not answer.</summary>
    private static async Task<Task<HttpResponseMessage>> BeginAsync(SimulatorHost isl, HttpClient client)
    {
        isl.State.Hang(Isl.Validate);
        var running = client.PostAsync(Isl.Validate, Isl.ValidateBody);
        await Eventually.TrueAsync(() => isl.State.LastCalls(Isl.Validate).Count == 1, Soon, "ISL has the call");
        return running;
    }
}
