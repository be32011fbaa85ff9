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

    [Fact]
    public async Task Purge_Json_IsTheGatewaysAnswer()
    {
        await using var rig = await Rig.StartAsync();

        var result = await GatewayProcess.RunAsync(["purge", "--all", "--json", "--url", rig.Gateway.Management.ToString()]);

        using var answer = JsonDocument.Parse(result.Output);
        Assert.True(answer.RootElement.GetProperty("purged").GetProperty("all").GetBoolean());
    }
}
