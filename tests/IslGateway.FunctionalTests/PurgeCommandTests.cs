using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary><c>islgateway purge</c> as an operator types it, against a gateway that runs.</summary>
public sealed class PurgeCommandTests
{
    private const string Development = "--environment=Development";

    [Fact]
    public async Task Purge_OfARunningGateway_SaysWhatWasDoneAndNeverWho()
    {
        await using var gateway = GatewayProcess.Start([Development]);
        await gateway.BannerAsync();
        var management = gateway.Management.GetLeftPart(UriPartial.Authority);
        using var client = new HttpClient();
        client.BaseAddress = gateway.Address;
        Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(client));
        Assert.StartsWith("IslGateway; hit", await StatusAsync(client), StringComparison.Ordinal);

        // As the configuration has it: every interface of the container, say.
        var all = await GatewayProcess.RunAsync(
            ["purge", "--all", "--endpoint", "contrastive"],
            new Dictionary<string, string?>
            {
                ["Kestrel__Endpoints__Management__Url"] = management.Replace("localhost", "0.0.0.0", StringComparison.Ordinal),
            });
        var user = await GatewayProcess.RunAsync(["purge", "--user", "-", "--url", management], input: "carol-7\n");

        Assert.Equal(0, all.ExitCode);
        Assert.Contains("Purged: everything, Contrastive.", all.Output, StringComparison.Ordinal);
        Assert.Contains("There is no Redis", all.Output, StringComparison.Ordinal);
        Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(client));
        Assert.Equal(0, user.ExitCode);
        Assert.Contains("Purged: one user.", user.Output, StringComparison.Ordinal);
        await Eventually.TrueAsync(
            () => gateway.Output.Contains("purge: one user; done, Redis: off. By this machine", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60), "the purge is logged");
        Assert.DoesNotContain("carol-7", gateway.Output + user.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_FromTheConfigurationOrTheCommand_IsSent()
    {
        await using var rig = await Rig.StartAsync("Management:ApiKeys=new-key,old-key");
        var url = rig.Gateway.Management.GetLeftPart(UriPartial.Authority);

        var configured = await GatewayProcess.RunAsync(
            ["purge", "--all", "--url", url], new Dictionary<string, string?> { ["Management__ApiKeys"] = "old-key, other" });
        var given = await GatewayProcess.RunAsync(["purge", "--all", "--url", url + "/", "--key", "new-key"]);
        var none = await GatewayProcess.RunAsync(["purge", "--all", $"--Kestrel:Endpoints:Management:Url={url}"]);

        Assert.Equal((0, 0, 1), (configured.ExitCode, given.ExitCode, none.ExitCode));
        Assert.Contains("Refused (401)", none.Output, StringComparison.Ordinal);
        Assert.Contains("Management:ApiKeys", none.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RedisAway_IsDoneWithAWarning()
    {
        await using var rig = await Rig.StartAsync($"ConnectionStrings:Redis=127.0.0.1:{FreePort.Next()}");

        var result = await GatewayProcess.RunAsync(["purge", "--all", "--url", rig.Gateway.Management.ToString()]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Warning: Redis has still to be told of all.", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "Say what to purge", "purge")]
    [InlineData(2, "is no address", "purge", "--all", "--url", "localhost")]
    [InlineData(2, "neither a command nor a setting", "purge", "everything")]
    [InlineData(2, "'--dry-run' is neither an option nor a setting", "purge", "--all", "--dry-run")]
    [InlineData(2, "'--endpont' is neither an option nor a setting", "purge", "--all", "--endpont", "CausalValidate")]
    [InlineData(2, "'--User' is neither an option nor a setting", "purge", "--all", "--User=alice")]
    [InlineData(0, "--endpoint", "purge", "--help")]
    public async Task Usage_WhenWrong_IsSaid(int exitCode, string said, params string[] arguments)
    {
        var result = await GatewayProcess.RunAsync(arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_NotThereOrRefusing_IsAFailureThatNamesIt()
    {
        await using var rig = await Rig.StartAsync();
        var nowhere = $"http://127.0.0.1:{FreePort.Next()}";

        var away = await GatewayProcess.RunAsync(["purge", "--all", "--url", nowhere]);
        var unknown = await GatewayProcess.RunAsync(["purge", "--endpoint", "CausalValidat", "--url", rig.Gateway.Management.ToString()]);
        var other = await GatewayProcess.RunAsync(["purge", "--all", "--url", rig.Gateway.Address.ToString()]);

        Assert.Equal((1, 1, 1), (away.ExitCode, unknown.ExitCode, other.ExitCode));
        Assert.Contains($"No answer from {nowhere}", away.Output, StringComparison.Ordinal);
        Assert.Contains("There are AggregationMultiCriteria", unknown.Output, StringComparison.Ordinal);
        Assert.Contains("not as a gateway's management listener does", other.Output, StringComparison.Ordinal);
    }

    private static async Task<string> StatusAsync(HttpClient client)
    {
        using var answer = await client.PostAsync(Isl.Validate, Isl.ValidateBody);
        return answer.CacheStatus();
    }
}
