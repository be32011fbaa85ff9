using System.Text.Json.Nodes;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary><c>islgateway compare</c>, run as a pipeline that releases ISL runs it: its exit code is the gate.</summary>
public sealed class CompareCommandTests
{
    private const string Estimate = "/prediction/point_estimate";

    [Fact]
    public async Task Candidate_ThatDiffersInOneField_FailsUnlessThatIsTolerated()
    {
        await using var comparison = await Comparison.StartAsync("Management:ApiKeys=the-key");
        await comparison.AskBothAsync();
        comparison.Scale(Estimate, 1.25);

        var strict = await RunAsync(comparison, "--against", comparison.Against, "--tolerance", "1e-9");
        var lax = await RunAsync(comparison, "--against", comparison.Against, "--tolerance", "0.21");
        var last = await RunAsync(comparison);

        Assert.Equal((1, 0, 0), (strict.ExitCode, lax.ExitCode, last.ExitCode));
        Assert.Contains("2 requests in", strict.Output, StringComparison.Ordinal);
        Assert.Contains("equal 1, different 1, failed 0, not compared 0", strict.Output, StringComparison.Ordinal);
        Assert.Contains($"  {Estimate}  number, by up to 0.2, answers: 1", strict.Output, StringComparison.Ordinal);
        Assert.Contains("Not passed: 1 differ by more than 1E-09, 0 failed.", strict.Output, StringComparison.Ordinal);
        Assert.Contains("simulator", strict.Output, StringComparison.Ordinal);
        Assert.Contains("Passed: nothing differs by more than 0.21.", lax.Output, StringComparison.Ordinal);
        Assert.Contains("Passed: nothing differs by more than 0.21.", last.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_OfAComparison_IsTheReport()
    {
        await using var comparison = await Comparison.StartAsync("Management:ApiKeys=the-key");
        await comparison.AskBothAsync();

        var result = await RunAsync(comparison, "--against", comparison.Against, "--json", "--endpoint", "CausalValidate", "--stored-only");

        Assert.Equal(0, result.ExitCode);
        var report = JsonNode.Parse(result.Output)!;
        Assert.Equal((1, 1, true), ((int)report["questions"]!, (int)report["equal"]!, (bool)report["passed"]!));
    }

    [Fact]
    public async Task Nothing_Compared_IsAFailureThatSaysWhy()
    {
        await using var comparison = await Comparison.StartAsync("Management:ApiKeys=the-key");

        var nothing = await RunAsync(comparison);
        var empty = await RunAsync(comparison, "--against", comparison.Against);
        var away = await RunAsync(comparison, "--against", $"http://127.0.0.1:{FreePort.Next()}");
        var wrong = await RunAsync(comparison, "--against", "isl-next");

        Assert.Equal((1, 1, 1, 1), (nothing.ExitCode, empty.ExitCode, away.ExitCode, wrong.ExitCode));
        Assert.Contains("has compared nothing since its start", nothing.Output, StringComparison.Ordinal);
        Assert.Contains("Not passed: nothing was compared.", empty.Output, StringComparison.Ordinal);
        Assert.Contains("cannot be read (unreachable)", away.Output, StringComparison.Ordinal);
        Assert.Contains("must be an absolute http or https address", wrong.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_NotKept_AreSaidToBe()
    {
        await using var comparison = await Comparison.StartAsync("Cache:KeepRequests=0", "Management:ApiKeys=the-key");

        var result = await RunAsync(comparison, "--against", comparison.Against);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Cache:KeepRequests", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--tolerance takes a number", "compare", "--against", "http://isl", "--tolerance", "little")]
    [InlineData(2, "--tolerance takes a number", "compare", "--against", "http://isl", "--tolerance", "-1")]
    [InlineData(2, "'--stored' is neither an option", "compare", "--against", "http://isl", "--stored")]
    [InlineData(2, "Say which candidate", "compare", "--tolerance", "1e-9")]
    [InlineData(2, "--count", "compare", "--against", "http://isl", "--count", "many")]
    [InlineData(0, "Exit codes: 0 no answer differs by more than --tolerance", "compare", "--help")]
    public async Task Usage_WhenWrong_IsSaid(int exitCode, string said, params string[] arguments)
    {
        var result = await GatewayProcess.RunAsync(arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
    }

    private static Task<ProcessResult> RunAsync(Comparison comparison, params string[] arguments) => GatewayProcess.RunAsync(
        ["compare", .. arguments],
        new Dictionary<string, string?>
        {
            ["ISLGATEWAY_URL"] = comparison.Rig.Gateway.Management.ToString(),
            ["ISLGATEWAY_KEY"] = "the-key",
        });
}
