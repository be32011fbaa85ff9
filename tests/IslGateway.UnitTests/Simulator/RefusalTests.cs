using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;

namespace IslGateway.UnitTests.Simulator;

public class RefusalTests
{
    [Theory]
    [InlineData(null, 401, "missing_api_key")]
    [InlineData("wrong", 401, "invalid_api_key")]
    [InlineData(" key ", 200, null)]
    public async Task Key_MissingWrongOrRight_Decides(string? key, int status, string? reason)
    {
        await using var simulator = await SimulatorFixture.StartAsync(static options => options.ApiKeys = ["key"]);
        (string, string)[] headers = key is null ? [("Authorization", "Bearer key")] : [("X-API-Key", key)];
        var answer = await simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody, headers);
        Assert.Equal(status, answer.Status);
        Assert.Equal("true", answer.Headers["X-Isl-Simulated"]);
        if (reason is null) return;
        Assert.Equal("ISL_UNAUTHORIZED", answer.Json.GetProperty("code").GetString());
        Assert.Equal(reason, answer.Json.GetProperty("reason").GetString());
        Assert.DoesNotContain("x-request-id", answer.Headers.Keys);
    }

    [Fact]
    public async Task Key_RevokedAtRunTime_IsRefused()
    {
        await using var simulator = await SimulatorFixture.StartAsync(static options => options.ApiKeys = ["a", "b"]);
        await simulator.TurnAsync("""{"revoke_keys":["a"]}""");
        Assert.Equal(401, (await simulator.SendAsync(HttpMethod.Get, "/cache/stats", null, ("X-API-Key", "a"))).Status);
        Assert.Equal(200, (await simulator.SendAsync(HttpMethod.Get, "/cache/stats", null, ("X-API-Key", "b"))).Status);
        Assert.Equal(200, (await simulator.SendAsync(HttpMethod.Get, "/openapi.json")).Status);
    }

    /// <summary>Of scalars ISL converts one into another.</summary>
    [Theory]
    [InlineData("\"700\"")]
    [InlineData("\"many\"")]
    [InlineData("true")]
    public async Task Samples_GivenAsAnotherScalar_AreNoFailureOfIsls(string samples)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var answer = await simulator.PostAsync(
            "/api/v1/causal/counterfactual", $$"""{"model":{"a":1},"intervention":{"a":2},"outcome":"a","num_samples":{{samples}}}""");
        Assert.Equal(200, answer.Status);
    }

    [Theory]
    [InlineData(true, 400)]
    [InlineData(false, 200)]
    public async Task Gzip_LabelledBody_IsRefusedOnlyIfReallyGzipped(bool packed, int status)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var plain = Encoding.UTF8.GetBytes(SimulatorFixture.ValidateBody);
        using var content = new ByteArrayContent(packed ? Gzip(plain) : plain);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentEncoding.Add("gzip");
        var answer = await simulator.SendAsync(HttpMethod.Post, SimulatorFixture.Validate, content);
        Assert.Equal(status, answer.Status);
        if (packed) Assert.Equal("""{"detail":"There was an error parsing the body"}""", answer.Text);
    }

    [Theory]
    [InlineData("", "application/json")]
    [InlineData("""{"dag":""", "application/json")]
    [InlineData("""{"dag":{}}""", "application/json")]
    [InlineData("[]", "application/json")]
    [InlineData(SimulatorFixture.ValidateBody, "text/plain")]
    public async Task Body_MalformedOrIncomplete_Is422WithFailures(string body, string type)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        using var content = new StringContent(body, Encoding.UTF8, type);
        var answer = await simulator.SendAsync(HttpMethod.Post, SimulatorFixture.Validate, content);
        Assert.Equal(422, answer.Status);
        Assert.Equal("ISL_VALIDATION_ERROR", answer.Json.GetProperty("code").GetString());
        Assert.NotEqual(0, answer.Json.GetProperty("validation_failures").GetArrayLength());
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-32")]
    public async Task Body_WithByteOrderMark_IsRead(string encoding)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var coding = Encoding.GetEncoding(encoding);
        using var content = new ByteArrayContent([.. coding.GetPreamble(), .. coding.GetBytes(SimulatorFixture.ValidateBody)]);
        Assert.Equal(200, (await simulator.SendAsync(HttpMethod.Post, SimulatorFixture.Validate, content)).Status);
    }

    [Theory]
    [InlineData("""{"dag":{"nodes":["A","B"],"edges":[["A","C"]]},"treatment":"A","outcome":"B"}""")]
    [InlineData("""{"dag":{"nodes":["A","B"],"edges":[["A","B"],["B","A"]]},"treatment":"A","outcome":"B"}""")]
    public async Task Validate_UnknownNodeOrCycle_IsInvalidInput(string body)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var answer = await simulator.PostAsync(SimulatorFixture.Validate, body);
        Assert.Equal(400, answer.Status);
        Assert.Equal("ISL_INVALID_INPUT", answer.Json.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("POST", "/api/v1/nothing", 404)]
    [InlineData("POST", "/api/v1/Causal/validate", 404)]
    [InlineData("GET", "/api/v1/causal/validate", 405)]
    [InlineData("HEAD", "/health", 405)]
    [InlineData("DELETE", "/api/v1/outcomes/x", 405)]
    [InlineData("POST", "/api/v1/explain/contrastive", 422)]
    [InlineData("GET", "/health/services", 500)]
    public async Task Route_UnknownPathOrMethod_IsRefused(string method, string path, int status)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        Assert.Equal(status, (await simulator.SendAsync(new HttpMethod(method), path)).Status);
    }

    [Fact]
    public async Task Route_TrailingSlash_RedirectsToTheHostAsked()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var answer = await simulator.SendAsync(HttpMethod.Post, SimulatorFixture.Validate + "/?a=1", null, ("Host", "isl.example:9"));
        Assert.Equal(307, answer.Status);
        Assert.Equal("http://isl.example:9/api/v1/causal/validate?a=1", answer.Headers["Location"]);
    }

    [Fact]
    public async Task Size_OverTenMebibytesAnnounced_Is413ButChunkedIsRead()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var large = new byte[(10 * 1024 * 1024) + 1];
        large.AsSpan().Fill((byte)' ');
        Encoding.UTF8.GetBytes(SimulatorFixture.ValidateBody).CopyTo(large, 0);
        using var announced = new ByteArrayContent(large);
        var answer = await simulator.SendAsync(HttpMethod.Post, SimulatorFixture.Validate, announced);
        Assert.Equal(413, answer.Status);
        Assert.Equal("ISL_REQUEST_TOO_LARGE", answer.Json.GetProperty("code").GetString());
        using var chunked = new ByteArrayContent(large);
        Assert.Equal(
            200, (await simulator.SendAsync(HttpMethod.Post, SimulatorFixture.Validate, chunked, ("Transfer-Encoding", "chunked"))).Status);
    }

    [Theory]
    [InlineData(false, 500, "ISL_COMPUTATION_ERROR")]
    [InlineData(true, 429, "ISL_RATE_LIMIT_EXCEEDED")]
    public async Task RateLimit_Exceeded_AnswersAsIslDoesOrMeans(bool means, int status, string code)
    {
        await using var simulator = await SimulatorFixture.StartAsync(
            options => (options.RateLimitPerMinute, options.RateLimitAnswers429) = (1, means));
        var first = await simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody);
        Assert.Equal("0", first.Headers["x-ratelimit-remaining"]);
        var second = await simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody);
        Assert.Equal(status, second.Status);
        Assert.Equal(code, second.Json.GetProperty("code").GetString());
        Assert.Equal(means, second.Headers.ContainsKey("Retry-After"));
        Assert.DoesNotContain("x-ratelimit-remaining", second.Headers.Keys);
        Assert.Equal(200, (await simulator.SendAsync(HttpMethod.Get, "/health")).Status);
    }

    private static byte[] Gzip(byte[] plain)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(plain);
        return packed.ToArray();
    }
}
