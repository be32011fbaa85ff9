using System.IO.Compression;
using System.Text.Json;

namespace IslGateway.UnitTests.Simulator;

public class AnswerShapeTests
{
    [Fact]
    public async Task Validate_GuideModel_IsIdentifiableByTheConfounder()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var answer = await simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody);
        Assert.Equal("identifiable", answer.Json.GetProperty("status").GetString());
        Assert.Equal("""[["Season"]]""", answer.Json.GetProperty("adjustment_sets").GetRawText());
    }

    [Theory]
    [InlineData("/api/v1/causal/validate", SimulatorFixture.ValidateBody, "_metadata", true)]
    [InlineData("/api/v1/causal/extract-factors", "{}", "metadata", true)]
    [InlineData("/api/v1/analysis/dominance", "{}", "metadata", false)]
    [InlineData("/api/v1/analysis/robustness", "{}", "_metadata", false)]
    public async Task Metadata_PerKind_NamesFingerprintOrTime(string path, string body, string member, bool named)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var answer = await simulator.PostAsync(path, body, ("X-Request-Id", "raw id!"));
        var metadata = answer.Json.GetProperty(member);
        Assert.Equal("raw id!", metadata.GetProperty("request_id").GetString());
        Assert.Equal(named, metadata.TryGetProperty("config_fingerprint", out _));
        Assert.Equal(!named, metadata.TryGetProperty("computation_time_ms", out _));
        Assert.Matches("^req_[0-9a-f]{16}$", answer.Headers["x-request-id"]);
    }

    [Theory]
    [InlineData("/api/v1/team/align", """{"perspectives":[]}""", true)]
    [InlineData("/api/v1/robustness/analyze", "{}", true)]
    [InlineData("/api/v1/utility/validate", "{}", false)]
    public async Task Metadata_FourthKind_IsNullOrAbsent(string path, string body, bool present)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var answer = await simulator.PostAsync(path, body);
        Assert.Equal(present, answer.Json.TryGetProperty("_metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Null);
        Assert.False(answer.Json.TryGetProperty("metadata", out _));
    }

    [Fact]
    public async Task RequestId_InBody_WinsOverHeader()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var answer = await simulator.PostAsync("/api/v1/analysis/pareto", """{"request_id":"mine"}""", ("X-Request-Id", "header"));
        Assert.Equal("mine", answer.Json.GetProperty("metadata").GetProperty("request_id").GetString());
        Assert.Equal("header", answer.Headers["x-request-id"]);
    }

    [Theory]
    [InlineData(null, "", "_metadata")]
    [InlineData("1", "?response_version=2", "_metadata")]
    [InlineData("0", "?response_version=2", "critiques")]
    [InlineData("-1", "", "critiques")]
    [InlineData("abc", "", "validation_failures")]
    [InlineData(null, "?response_version=3", "validation_failures")]
    public async Task RobustnessV2_VersionOfHeaderAndQuery_ChoosesShape(string? header, string query, string member)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        (string, string)[] headers = header is null ? [] : [("X-ISL-Response-Version", header)];
        var answer = await simulator.PostAsync("/api/v1/robustness/analyze/v2" + query, "{}", headers);
        Assert.True(answer.Json.TryGetProperty(member, out _), answer.Text);
    }

    [Fact]
    public async Task Headers_OfAnAnswer_AreIsls()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var answer = await simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody, ("X-Request-Id", "abc"));
        Assert.Equal("application/json", answer.Headers["Content-Type"]);
        Assert.Equal(answer.Bytes.Length.ToString(provider: null), answer.Headers["Content-Length"]);
        Assert.Equal("abc", answer.Headers["x-request-id"]);
        Assert.Equal("abc", answer.Headers["x-trace-id"]);
        Assert.Equal("abc:none", answer.Headers["x-olumi-trace-received"]);
        Assert.Equal("sim-0001", answer.Headers["x-olumi-service-build"]);
        Assert.Equal("nosniff", answer.Headers["x-content-type-options"]);
        Assert.Equal("true", answer.Headers["X-Isl-Simulated"]);
        Assert.DoesNotContain("x-ratelimit-limit", answer.Headers.Keys);
        Assert.DoesNotContain("Server", answer.Headers.Keys);
    }

    [Fact]
    public async Task LargeAnswer_GzipAccepted_IsGzippedWithLength()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        await simulator.TurnAsync("""{"body_padding":5000}""");
        var answer = await simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody, ("Accept-Encoding", "gzip"));
        Assert.Equal("gzip", answer.Headers["Content-Encoding"]);
        Assert.Equal("Accept-Encoding", answer.Headers["Vary"]);
        Assert.DoesNotContain("x-olumi-response-hash", answer.Headers.Keys);
        using var plain = new GZipStream(new MemoryStream(answer.Bytes), CompressionMode.Decompress);
        using var json = await JsonDocument.ParseAsync(plain, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(5000, json.RootElement.GetProperty("padding").GetString()!.Length);
    }

    [Fact]
    public async Task Health_Always_NamesFingerprintVersionAndBuild()
    {
        await using var simulator = await SimulatorFixture.StartAsync(static options => options.ApiKeys = ["k"]);
        var health = (await simulator.SendAsync(HttpMethod.Get, "/health")).Json;
        Assert.Equal("cb0a8a533671", health.GetProperty("config_fingerprint").GetString());
        Assert.Equal("1.0.0", health.GetProperty("version").GetString());
        Assert.Equal("sim-0001", health.GetProperty("build").GetString());
        Assert.Equal("healthy", health.GetProperty("status").GetString());
    }

    [Fact]
    public async Task OpenApi_References_AllResolve()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var document = (await simulator.SendAsync(HttpMethod.Get, "/openapi.json")).Json;
        var schema = document.GetProperty("paths").GetProperty(SimulatorFixture.Counterfactual).GetProperty("post")
            .GetProperty("requestBody")
            .GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString()!;
        var model = schema.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate(document, static (node, name) => node.GetProperty(name));
        Assert.True(model.GetProperty("properties").TryGetProperty("num_samples", out _));
        Assert.True(document.GetProperty("paths").EnumerateObject().Count() > 45);
    }

    [Fact]
    public async Task Outcome_LoggedAndPatched_KeepsEveryNote()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var logged = await simulator.PostAsync("/api/v1/outcomes/log", """{"decision_id":"d","user_id":"u"}""");
        var path = "/api/v1/outcomes/" + logged.Json.GetProperty("id").GetString();
        for (var i = 0; i < 2; i++)
        {
            using var content = new StringContent("""{"notes":"n"}""");
            content.Headers.ContentType = new("application/json");
            await simulator.SendAsync(HttpMethod.Patch, path, content);
        }

        Assert.Equal("n\nn", (await simulator.SendAsync(HttpMethod.Get, path)).Json.GetProperty("notes").GetString());
        Assert.Equal(
            1, (await simulator.SendAsync(HttpMethod.Get, "/api/v1/outcomes/summary")).Json.GetProperty("total_outcomes").GetInt32());
        Assert.Equal(404, (await simulator.SendAsync(HttpMethod.Get, "/api/v1/outcomes/none")).Status);
    }
}
