using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary><c>islgateway check-config</c>: whether a gateway would start, without one.</summary>
public sealed class CheckConfigCommandTests
{
    private static readonly Dictionary<string, string?> Right = new()
    {
        ["Isl__BaseUrl"] = "http://isl-a:8000;http://isl-b:8000",
        ["ConnectionStrings__Redis"] = "redis-host:6379,password=redis-secret",
        ["Management__ApiKeys"] = "management-secret,other-secret",
        ["Cache__KeySecret"] = "key-secret",
    };

    [Fact]
    public async Task Settings_Right_AreSummedUpWithoutASecret()
    {
        var text = await GatewayProcess.RunAsync(["check-config", "--environment=Production"], Right);
        var json = await GatewayProcess.RunAsync(["check-config", "--environment=Production", "--json"], Right);

        Assert.Equal((0, 0), (text.ExitCode, json.ExitCode));
        string[] summary = ["Production", "http://isl-a:8000, http://isl-b:8000", "redis-host:6379", "2 keys", "digests with a secret"];
        foreach (var said in summary) Assert.Contains(said, text.Output, StringComparison.Ordinal);
        using var answer = JsonDocument.Parse(json.Output);
        Assert.True(answer.RootElement.GetProperty("ok").GetBoolean());
        Assert.DoesNotContain("-secret", text.Output + json.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Setting_OfNoSection_IsNoStrayOption()
    {
        var result = await GatewayProcess.RunAsync(
            ["check-config", "--environment=Production", "--AllowedHosts=gateway", "--OTEL_SERVICE_NAME=x"], Right);

        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task Settings_Wrong_AreAllNamed()
    {
        string[] wrong =
        [
            "check-config", "--environment=Production", "--Cache:DefaultTtl=300", "--Cache:Mod=On", "--Management:ApiKeys=key secret",
            "--Isl:BaseUrl=isl:8000",
        ];

        var text = await GatewayProcess.RunAsync(wrong);
        var json = await GatewayProcess.RunAsync([.. wrong, "--json"]);

        Assert.Equal((2, 2), (text.ExitCode, json.ExitCode));
        using var answer = JsonDocument.Parse(json.Output);
        var keys = answer.RootElement.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("key").GetString()).ToList();
        foreach (var key in (string[])["Cache:DefaultTtl", "Cache:Mod", "Management:ApiKeys", "Isl:BaseUrl"])
        {
            Assert.Contains(key, text.Output, StringComparison.Ordinal);
            Assert.Contains(key, keys);
        }

        Assert.DoesNotContain("key secret", text.Output + json.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--ConnectionStrings:Redis=redis://redis-secret", "ConnectionStrings:Redis")]
    [InlineData("--Kestrel:Endpoints:Gateway:Url=8080", "Kestrel:Endpoints:Gateway:Url")]
    [InlineData("--Kestrel:Endpoints:Management:Url=http://localhost:8080", "is Kestrel:Endpoints:Gateway:Url already")]
    [InlineData("--Kestrel:Endpoints:Tls:Certificate:Path=/no/such.pem", "Kestrel:Endpoints:Tls:Certificate:Path")]
    public async Task Setting_WrongBeyondTheRules_IsNamed(string setting, string said)
    {
        var result = await GatewayProcess.RunAsync(
            ["check-config", "--Isl:BaseUrl=http://isl:8000", "--Kestrel:Endpoints:Tls:Url=https://localhost:8443", setting]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("redis-secret", result.Output, StringComparison.Ordinal);
    }

    /// <summary>The server reads paths from the program's folder on; any file there will do.</summary>
    [Fact]
    public async Task Certificate_WithARelativePath_IsFoundBesideTheProgram()
    {
        var result = await GatewayProcess.RunAsync(
            [
                "check-config", "--environment=Production", "--Kestrel:Endpoints:Tls:Url=https://localhost:8443",
                "--Kestrel:Endpoints:Tls:Certificate:Path=appsettings.json",
            ],
            Right, workingDirectory: Path.GetTempPath());

        Assert.True(result.ExitCode == 0, result.Output);
    }

    [Fact]
    public async Task Settings_ThatMaySurprise_AreWarnedOf()
    {
        var result = await GatewayProcess.RunAsync(
        [
            "check-config", "--environment=Production", "--Isl:BaseUrl=http://isl:8000",
            "--Kestrel:Endpoints:Management:Url=http://0.0.0.0:8081", "--Cache:Mode=Observe",
        ]);

        Assert.Equal(0, result.ExitCode);
        foreach (var said in (string[])["Without Redis", "Management:ApiKeys", "Observe"])
            Assert.Contains(said, result.Output, StringComparison.Ordinal);
    }
}
