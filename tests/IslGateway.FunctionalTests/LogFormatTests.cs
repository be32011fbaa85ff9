using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>The log is for programs in Production and for people in Development.</summary>
public sealed class LogFormatTests
{
    [Fact]
    public async Task StandardOutput_InProduction_IsJsonLineByLine()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = GatewayProcess.Start(
            ["--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}", "--Telemetry:AccessLog=true",
                "--Telemetry:SlowRequestThreshold=1h"]);
        await gateway.BannerAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        (await client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: seen")).Dispose();

        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());

        var lines = gateway.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
            .ToArray();
        Assert.All(lines, line => Assert.EndsWith("Z", line.GetProperty("Timestamp").GetString(), StringComparison.Ordinal));
        var request = Assert.Single(lines, line => line.GetProperty("Category").GetString() == "IslGateway.Edge.RequestLog");
        var state = request.GetProperty("State");
        Assert.Equal(
            ("seen", Isl.Validate, 200, "IslGateway; fwd=miss; stored"),
            (state.GetProperty("RequestId").GetString(), state.GetProperty("Endpoint").GetString(),
                state.GetProperty("Status").GetInt32(), state.GetProperty("CacheStatus").GetString()));
        Assert.All(
            (string[])["ElapsedMs", "UpstreamMs", "QueueMs"],
            name => Assert.Equal(JsonValueKind.Number, state.GetProperty(name).ValueKind));
    }

    [Fact]
    public async Task StandardOutput_InDevelopment_IsForPeople()
    {
        await using var gateway = GatewayProcess.Start(["--environment=Development"]);

        var banner = await gateway.BannerAsync();

        Assert.Contains("\n  upstream     SIMULATOR", banner, StringComparison.Ordinal);
        Assert.DoesNotContain(banner.Split('\n'), line => line.StartsWith('{'));
    }
}
