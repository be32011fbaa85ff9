using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary><c>islgateway explain</c> as an operator types it, against a gateway that runs.</summary>
public sealed class ExplainCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("explain-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Explain_OneRequest_TellsWhatBecomesOfIt()
    {
        await using var rig = await Rig.StartAsync();
        var body = Write("body.json", Isl.ValidateBody);

        var miss = await RunAsync(rig, [Isl.Validate, body]);
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);
        var hit = await RunAsync(rig, [Isl.Validate, "-"], Isl.ValidateBody);
        var json = await RunAsync(rig, [Isl.Validate, body, "--json"]);
        var bad = await RunAsync(rig, [Isl.Validate, "-", "-H", "X-API-Key: alice-secret"], """{"a":1,"a":2}""");

        Assert.Equal((1, 0, 0, 1), (miss.ExitCode, hit.ExitCode, json.ExitCode, bad.ExitCode));
        Assert.Contains("told        IslGateway; fwd=miss; stored", miss.Output, StringComparison.Ordinal);
        Assert.Contains("found       in memory,", hit.Output, StringComparison.Ordinal);
        using var answer = JsonDocument.Parse(json.Output);
        Assert.Equal("CausalValidate", answer.RootElement.GetProperty("row").GetString());
        Assert.Contains("A member's name is there twice. It is at /a.", bad.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", hit.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("alice-secret", bad.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_TwoRequests_TellsWhereTheyPart()
    {
        await using var rig = await Rig.StartAsync();
        var body = Write("one.json", """{"a":{"b":[1,2]},"c":1}""");
        var sorted = Write("same.json", """{ "c": 1, "a": {"b": [1, 2]} }""");
        var other = Write("other.json", """{"a":{"b":[1,3]},"c":1}""");
        var header = Write("key.header", "X-API-Key: alice-secret\n");

        var same = await RunAsync(rig, [Isl.Validate, body, sorted]);
        var order = await RunAsync(rig, [Isl.Counterfactual, body, sorted]);
        var value = await RunAsync(rig, [Isl.Validate, body, other]);
        var key = await RunAsync(rig, [Isl.Validate, body, "--other-header", $"@{header}"]);
        var path = await RunAsync(rig, [Isl.Validate, body, "--other-path", Isl.Validate + "?a"]);

        Assert.Equal(
            (0, 1, 1, 1, 1), (same.ExitCode, order.ExitCode, value.ExitCode, key.ExitCode, path.ExitCode));
        Assert.StartsWith("They share one key", same.Output, StringComparison.Ordinal);
        Assert.Contains("part at /a: the members are in another order", order.Output, StringComparison.Ordinal);
        Assert.Contains("part at /a/b/1: the values differ", value.Output, StringComparison.Ordinal);
        Assert.StartsWith("Their keys part: credential.", key.Output, StringComparison.Ordinal);
        Assert.StartsWith("Their keys part: query.", path.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("alice-secret", key.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "Required argument 'PATH'", "explain")]
    [InlineData(2, "cannot be read", "explain", "/a", "/no/such/file")]
    [InlineData(2, "read once only", "explain", "/a", "-", "-")]
    [InlineData(2, "Name: value", "explain", "/a", "-H", "secret")]
    [InlineData(1, "No answer from http://127.0.0.1:1", "explain", "/a", "--url", "http://127.0.0.1:1")]
    [InlineData(0, "Exit codes:", "explain", "--help")]
    public async Task Usage_WhenWrong_IsSaid(int exitCode, string said, params string[] arguments)
    {
        var result = await GatewayProcess.RunAsync(arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_WrongOrMissing_IsSaidAndNeverShown()
    {
        await using var rig = await Rig.StartAsync("Management:ApiKeys=right-key");
        var url = rig.Gateway.Management.ToString();

        var right = await GatewayProcess.RunAsync(
            ["explain", "/health", "-X", "GET"],
            new Dictionary<string, string?> { ["ISLGATEWAY_URL"] = url, ["ISLGATEWAY_KEY"] = "right-key" });
        var wrong = await GatewayProcess.RunAsync(
            ["explain", "/health", "-X", "GET"],
            new Dictionary<string, string?> { ["ISLGATEWAY_URL"] = url, ["ISLGATEWAY_KEY"] = "wrong-key" });
        var none = await GatewayProcess.RunAsync(["explain", "/health", "--url", url]);

        Assert.Contains("endpoint-not-cached", right.Output, StringComparison.Ordinal);
        Assert.Equal((1, 1), (wrong.ExitCode, none.ExitCode));
        Assert.Contains("Refused (401)", wrong.Output, StringComparison.Ordinal);
        Assert.Contains("ISLGATEWAY_KEY is not set", none.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-key", wrong.Output, StringComparison.Ordinal);
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }

    private static Task<ProcessResult> RunAsync(Rig rig, string[] arguments, string input = "") => GatewayProcess.RunAsync(
        ["explain", .. arguments],
        new Dictionary<string, string?> { ["ISLGATEWAY_URL"] = rig.Gateway.Management.ToString() }, input);
}
