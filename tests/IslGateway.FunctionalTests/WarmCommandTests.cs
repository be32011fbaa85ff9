using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary><c>islgateway warm</c>, run as an operator runs it.</summary>
public sealed class WarmCommandTests
{
    private static readonly string[] Settings = ["Warming:CallsPerMinute=100000", "Warming:Concurrency=8", "Management:ApiKeys=the-key"];

    [Fact]
    public async Task File_AThousandLines_AreStoredAndTheOthersNamed()
    {
        await using var rig = await Rig.StartAsync(Settings);
        var file = Path.Combine(Path.GetTempPath(), $"warm-{Guid.NewGuid():N}.ndjson");
        await File.WriteAllTextAsync(file, WarmingList.Flawed(1_000), TestContext.Current.CancellationToken);
        try
        {
            var result = await GatewayProcess.RunAsync(["warm", file], Variables(rig));

            Assert.Equal(1, result.ExitCode);
            Assert.Contains("warmed 998, known 0, failed 1, malformed 1", result.Output, StringComparison.Ordinal);
            Assert.Contains("line 500: It is no valid JSON", result.Output, StringComparison.Ordinal);
            Assert.Contains("line 750: 422, IslGateway; fwd=miss; fwd-status=422", result.Output, StringComparison.Ordinal);
            Assert.Contains("line 1000: 200, IslGateway; fwd=miss; stored", result.Output, StringComparison.Ordinal);
            Assert.Contains("without a credential", result.Output, StringComparison.Ordinal);
            Assert.Equal(999, rig.Sim.Calls(Isl.Validate));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task StandardInput_AsJson_IsWhatTheGatewaySays()
    {
        await using var rig = await Rig.StartAsync(Settings);

        var result = await GatewayProcess.RunAsync(["warm", "-", "--json"], Variables(rig), WarmingList.Of(1, 250));

        Assert.Equal(0, result.ExitCode);
        var said = WarmingList.Parse(result.Output).ToList();
        Assert.Equal((250, 0, 0, 0), WarmingList.Counts(said[^1]));
        Assert.Equal(Enumerable.Range(1, 250).Select(n => (long)n), said.SkipLast(1).Select(line => (long)line["line"]!).Order());
    }

    [Theory]
    [InlineData(2, "Say what to warm", "warm")]
    [InlineData(2, "/nowhere/list", "warm", "/nowhere/list")]
    [InlineData(2, "is no address", "warm", "-", "--url", "localhost")]
    [InlineData(0, "FILE", "warm", "--help")]
    public async Task Usage_WhenWrong_IsSaid(int exitCode, string said, params string[] arguments)
    {
        var result = await GatewayProcess.RunAsync(arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_NotThereOrRefusing_IsAFailureThatNamesIt()
    {
        await using var rig = await Rig.StartAsync(Settings);
        var nowhere = $"http://127.0.0.1:{FreePort.Next()}";

        var away = await GatewayProcess.RunAsync(["warm", "-", "--url", nowhere], input: WarmingList.Of(1, 1));
        var refused = await GatewayProcess.RunAsync(
            ["warm", "-", "--url", rig.Gateway.Management.ToString(), "--key", "other"], input: WarmingList.Of(1, 1));

        Assert.Equal((1, 1), (away.ExitCode, refused.ExitCode));
        Assert.Contains($"No answer from {nowhere}", away.Output, StringComparison.Ordinal);
        Assert.Contains("Refused (401)", refused.Output, StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Variables(Rig rig) => new()
    {
        ["ISLGATEWAY_URL"] = rig.Gateway.Management.ToString(),
        ["ISLGATEWAY_KEY"] = "the-key",
    };
}
