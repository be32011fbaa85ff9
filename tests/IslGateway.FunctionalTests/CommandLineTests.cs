using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>What all commands have in common.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("")]
    [InlineData("serve")]
    [InlineData("stats")]
    [InlineData("explain")]
    [InlineData("purge")]
    [InlineData("check-config")]
    [InlineData("simulate")]
    [InlineData("demo")]
    public async Task Help_OfEachCommand_HasExamplesAndExitCodes(string verb)
    {
        var result = await GatewayProcess.RunAsync(verb.Length == 0 ? ["--help"] : [verb, "--help"]);

        Assert.Equal(0, result.ExitCode);
        foreach (var said in (string[])["Examples:", "islgateway " + verb, "Exit codes:"])
            Assert.Contains(said.TrimEnd(), result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_ByItsName_Serves()
    {
        await using var gateway = GatewayProcess.Start(["serve", "--environment=Development"]);
        await gateway.BannerAsync();
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Fact]
    public async Task Simulate_AddressInUseOrSettingWrong_IsSaidInOneLine()
    {
        await using var rig = await Rig.StartAsync();

        var taken = await GatewayProcess.RunAsync(["simulate", $"--Simulate:Url={rig.Host.BaseAddress}"]);
        var wrong = await GatewayProcess.RunAsync(["simulate", "--Simulate:Latency=slow"]);

        Assert.Equal((1, 2), (taken.ExitCode, wrong.ExitCode));
        Assert.Contains("Simulate:Url", taken.Output, StringComparison.Ordinal);
        Assert.Contains("Simulate:Latency", wrong.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", taken.Output + wrong.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Simulate:Latancy is no setting", "--Simulate:Latancy=0")]
    [InlineData("Simulate:Latency is -1", "--Simulate:Latency=-1")]
    [InlineData("Simulate:Url must be", "--Simulate:Url=nothing")]
    [InlineData("Simulate:Url must be", "--Simulate:Url=http://localhost:8o00")]
    [InlineData("Simulate:Url must be", "--Simulate:Url=https://localhost:8000")]
    [InlineData("'--urls' is no setting of the simulator", "--urls=http://localhost:8000")]
    [InlineData("'--Simulator:Url' is no setting of the simulator", "--Simulator:Url=http://localhost:8000")]
    public async Task Simulate_SettingThatItWouldPassOver_IsRefused(string said, string setting)
    {
        var result = await GatewayProcess.RunAsync(["simulate", setting]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Purge_Json_IsTheGatewaysAnswer()
    {
        await using var rig = await Rig.StartAsync();

        var result = await GatewayProcess.RunAsync(["purge", "--all", "--json", "--url", rig.Gateway.Management.ToString()]);

        using var answer = JsonDocument.Parse(result.Output);
        Assert.True(answer.RootElement.GetProperty("purged").GetProperty("all").GetBoolean());
    }
}
