using System.Net;
using System.Text.Json;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Validation;
using IslGateway.Endpoints;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>Rows with <c>Validation=Schema</c>: bodies that ISL is certain to refuse do not reach it, and no other is held up.</summary>
public sealed class SchemaValidationTests
{
    private const string On = "Endpoints:CausalValidate:Validation=Schema";
    private const string Invalid = "IslGateway; detail=schema-invalid";
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string FromIsl = "IslGateway; fwd=miss; fwd-status=422; detail=status-not-ok";
    private const string Passed = "IslGateway; fwd=bypass; detail=endpoint-not-cached";
    private const string OpenApi = "/openapi.json";
    private const string Probe = "/cache/stats";
    private const string BadBody = """{"dag":{"nodes":"Price","edges":[]},"treatment":["Price"]}""";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task InvalidBody_OfAKnownCaller_IsRefusedWithIslsOwnComplaintsAndSentNowhere()
    {
        await using var rig = await StartAsync(On);
        var isl = JsonDocument.Parse(await rig.AskIslAsync(Isl.Validate, BadBody)).RootElement;

        using var response = await rig.PostAsync(Isl.Validate, BadBody, "X-Request-Id: mine");

        Assert.Equal((HttpStatusCode.UnprocessableEntity, Invalid), (response.StatusCode, response.CacheStatus()));
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("gateway;dur=", string.Join(' ', response.Headers.GetValues("Server-Timing")), StringComparison.Ordinal);
        var problem = JsonDocument.Parse(await response.TextAsync()).RootElement;
        Assert.Equal(isl.GetProperty("code").GetString(), problem.GetProperty("code").GetString());
        Assert.Equal(
            [
                "body.dag.nodes: Input should be a valid list", "body.outcome: Field required",
                "body.treatment: Input should be a valid string",
            ],
            Texts(problem, "validation_failures").Order(StringComparer.Ordinal));
        Assert.Equal(Texts(isl, "validation_failures").Order(), Texts(problem, "validation_failures").Order());
        Assert.Equal(
            ["/dag/nodes", "/outcome", "/treatment"],
            problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("pointer").GetString()!)
                .Order(StringComparer.Ordinal));
        Assert.Equal(("gateway_schema_invalid", "isl-gateway", "mine", false), (
            problem.GetProperty("reason").GetString(), problem.GetProperty("source").GetString(),
            problem.GetProperty("request_id").GetString(), problem.GetProperty("retryable").GetBoolean()));

        // One is the call that asked ISL itself above.
        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal(1, metrics.Sum("isl_gateway_schema_checks_total", $"endpoint=\"{Isl.Validate}\"", "result=\"refused\""));
        Assert.Equal(1, metrics.Sum(
            "isl_gateway_requests_total", $"endpoint=\"{Isl.Validate}\"", "cache=\"schema-invalid\"", "code=\"422\""));
        Assert.Equal(1, metrics.Sum("isl_gateway_schema_known", $"endpoint=\"{Isl.Validate}\""));
    }

    [Fact]
    public async Task InvalidBody_Gzipped_IsRefusedToo()
    {
        await using var rig = await StartAsync(On);
        using var request = Isl.Post(Isl.Validate, Packed.Gzip(BadBody), "Content-Encoding: gzip");
        using var response = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((Invalid, 0), (response.CacheStatus(), rig.Sim.Calls(Isl.Validate)));
    }

    [Fact]
    public async Task InvalidBody_AskedAsQuery_IsRefusedToo()
    {
        await using var rig = await StartAsync(On);
        using var request = Isl.Post(Isl.Validate, BadBody);
        request.Method = new HttpMethod("QUERY");
        using var response = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((Invalid, 0), (response.CacheStatus(), rig.Sim.Calls(Isl.Validate)));
    }

    [Fact]
    public async Task ValidBody_Always_GoesItsUsualWay()
    {
        await using var rig = await StartAsync(On);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.EndsWith("detail=memory", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
    }

    /// <summary>What is stored was taken by ISL: a hit is not checked, whatever the schema says.</summary>
    [Fact]
    public async Task Hit_OfABodyThatTheSchemaRefuses_IsServedUnchecked()
    {
        await using var isl = new ScriptedUpstream(Publishing("""{"type":"object","required":["never"]}"""));
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.Address, On, "Endpoints:CausalValidate:BodyFingerprint=IfPresent", "Cache:Mode=Off");
        await KnowsSchemaAsync(gateway, "CausalValidate");
        gateway.Reload("Cache:Mode", "Observe");
        using (var first = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody))
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        gateway.Reload("Cache:Mode", "On");

        using var hit = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);

        Assert.EndsWith("detail=memory", hit.CacheStatus(), StringComparison.Ordinal);
        var metrics = await Exposition.OfAsync(gateway);
        Assert.Equal(1, metrics.Sum("isl_gateway_schema_checks_total", "result=\"contradicted\""));
        Assert.Equal(2, metrics.Sum("isl_gateway_schema_checks_total"));
    }

    /// <summary>ISL looks at the key first, and so the gateway does: who is not let in is not told about the body.</summary>
    [Fact]
    public async Task InvalidBody_UnderAKeyThatIslRefuses_IsAnsweredWithIslsRefusal()
    {
        await using var rig = await StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["right"] }, On);
        using var wrong = await rig.PostAsync(Isl.Validate, BadBody, "X-API-Key: wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Contains("invalid_api_key", await wrong.TextAsync(), StringComparison.Ordinal);

        Assert.Equal(Invalid, await rig.StatusOfAsync(Isl.Validate, BadBody, "X-API-Key: right"));
        Assert.Equal((0, 2), (rig.Sim.Calls(Isl.Validate), rig.Sim.Calls(Probe)));
    }

    [Fact]
    public async Task InvalidBody_WhereIslCannotTellAboutTheKey_IsAnsweredByIsl()
    {
        await using var rig = await StartAsync(On, "Credentials:ProbePath=/nowhere");
        Assert.Equal(FromIsl, await rig.StatusOfAsync(Isl.Validate, BadBody));
        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
    }

    [Theory]
    [InlineData("""{"dag":{"nodes":[],"nodes":[]},"dag":1}""", "a repeated key")]
    [InlineData("""{"dag":NaN}""", "not JSON to all")]
    [InlineData("not JSON", "not JSON")]
    public async Task Body_ThatCanBeReadInTwoWays_IsLeftToIsl(string body, string why)
    {
        Assert.NotEmpty(why);
        await using var rig = await StartAsync(On);
        Assert.Equal("IslGateway; fwd=bypass; fwd-status=422; detail=inexact-body", await rig.StatusOfAsync(Isl.Validate, body));
    }

    [Theory]
    [InlineData("Origin: https://example.com", "cross-origin")]
    [InlineData("Content-Type: text/plain", "not-json-request")]
    public async Task Request_ThatIslAloneMayAnswer_IsNotChecked(string header, string reason)
    {
        await using var rig = await StartAsync(On);
        using var request = Isl.Post(Isl.Validate, BadBody);
        if (header.StartsWith("Content-Type", StringComparison.Ordinal)) request.Content!.Headers.ContentType = new("text/plain");
        else request.Headers.TryAddWithoutValidation("Origin", "https://example.com");
        using var response = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal($"IslGateway; fwd=bypass; fwd-status=422; detail={reason}", response.CacheStatus());
    }

    [Fact]
    public async Task Body_TooLargeToCheck_IsLeftToIsl()
    {
        await using var rig = await StartAsync(On, "Validation:MaxBodySize=40B", "Endpoints:TeachingTeach:Validation=Schema");
        Assert.Equal(FromIsl, await rig.StatusOfAsync(Isl.Validate, BadBody));
        using var streamed = await rig.PostAsync(Isl.Teach, """{"context":{"why":"much too long, and without its user"}}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, streamed.StatusCode);
        Assert.Equal(1, rig.Sim.Calls(Isl.Teach));
        Assert.Equal(Invalid, await rig.StatusOfAsync(Isl.Validate, "{}"));
    }

    [Fact]
    public async Task UncachedRow_InvalidBody_IsRefusedAndAValidOnePasses()
    {
        await using var rig = await StartAsync("Endpoints:TeachingTeach:Validation=Schema");
        Assert.Equal(Invalid, await rig.StatusOfAsync(Isl.Teach, """{"context":[]}"""));
        Assert.Equal(0, rig.Sim.Calls(Isl.Teach));
        Assert.Equal(Passed, await rig.StatusOfAsync(Isl.Teach, """{"user_id":"u","context":{},"extra":1}"""));
        Assert.Equal("""{"user_id":"u","context":{},"extra":1}""", rig.Sim.LastCalls(Isl.Teach)[^1].BodyText);
    }

    /// <summary>The row's schema is of PATCH; GET has no body, and so nothing to check.</summary>
    [Fact]
    public async Task RowWithSeveralMethods_OfWhichSomeHaveNoBody_IsCheckedWhereThereIsOne()
    {
        await using var rig = await StartAsync("Endpoints:OutcomesId:Validation=Schema");
        using var read = await rig.Client.GetAsync("/api/v1/outcomes/none", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
        using var request = Isl.Post("/api/v1/outcomes/none", "[]");
        request.Method = HttpMethod.Patch;
        using var change = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(Invalid, change.CacheStatus());
    }

    [Fact]
    public async Task Update_WithAnInvalidBody_EndsNobodysAnswers()
    {
        const string ElicitBody = """{"user_id":"u","context":{"domain":"pricing"}}""";
        await using var rig = await StartAsync(
            "Endpoints:PreferencesUpdate:Validation=Schema", "Endpoints:PreferencesElicit:Validation=Schema", "Cache:SingleInstance=true");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, ElicitBody));

        Assert.Equal(Invalid, await rig.StatusOfAsync(Isl.Update, """{"user_id":"u"}"""));

        Assert.EndsWith("detail=memory", await rig.StatusOfAsync(Isl.Elicit, ElicitBody), StringComparison.Ordinal);
        Assert.Equal(Invalid, await rig.StatusOfAsync(Isl.Elicit, """{"context":{}}"""));
        Assert.Equal((0, 1), (rig.Sim.Calls(Isl.Update), rig.Sim.Calls(Isl.Elicit)));
    }

    [Theory]
    [InlineData("Validation:SchemaPath=/nowhere", "status 404")]
    [InlineData("Validation:SchemaPath=/health", "it is no OpenAPI 3 document")]
    [InlineData("Validation:SchemaPath=/docs", "it cannot be read")]
    [InlineData("Validation:MaxSchemaSize=1KiB", "larger than Validation:MaxSchemaSize")]
    public async Task Schema_MissingOrOdd_NothingIsCheckedAndTheOperatorIsTold(string setting, string trouble)
    {
        await using var rig = await Rig.StartAsync(On, setting);
        await WarnsAsync(rig.Gateway, trouble);
        Assert.Equal(FromIsl, await rig.StatusOfAsync(Isl.Validate, BadBody));
        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal((0, 1), (
            metrics.Sum("isl_gateway_schema_known"), metrics.Sum("isl_gateway_schema_checks_total", "result=\"unchecked\"")));
    }

    [Fact]
    public async Task Operation_NotDescribed_IsNotCheckedAndTheOperatorIsTold()
    {
        await using var rig = await StartAsync(
            On, "Endpoints:Odd:Path=/api/v1/odd", "Endpoints:Odd:Validation=Schema", "Endpoints:Odd:Cache=None");
        await WarnsAsync(rig.Gateway, "does not describe the bodies of Odd");
        using var odd = await rig.PostAsync("/api/v1/odd", "[]");
        Assert.Equal(HttpStatusCode.NotFound, odd.StatusCode);
        Assert.Equal(Invalid, await rig.StatusOfAsync(Isl.Validate, BadBody));
        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal((0, 1), (
            metrics.Sum("isl_gateway_schema_known", "endpoint=\"/api/v1/odd\""),
            metrics.Sum("isl_gateway_schema_known", $"endpoint=\"{Isl.Validate}\"")));
    }

    [Fact]
    public async Task Schema_ThatComesLater_IsUsedFromThenOn()
    {
        await using var isl = new ScriptedUpstream(Scripts.NotFound);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, On);
        await WarnsAsync(gateway, "status 404");

        isl.Answer = Publishing("""{"type":"object","required":["never"]}""");

        await KnowsSchemaAsync(gateway, "CausalValidate");
        using var response = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal(Invalid, response.CacheStatus());
    }

    [Fact]
    public async Task NewEpoch_WithAnotherSchema_TheNewOneCounts()
    {
        await using var isl = new ScriptedUpstream(
            Publishing("""{"type":"object","required":["first"]}"""), Healthy("one"));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, On);
        await KnowsSchemaAsync(gateway, "CausalValidate");
        using (var before = await gateway.Client.PostAsync(Isl.Validate, "{}"))
            Assert.Contains("body.first: Field required", await before.TextAsync(), StringComparison.Ordinal);

        isl.Answer = Publishing("""{"type":"object","required":["second"]}""");
        isl.Health = Healthy("two");

        // Until the new schema is there bodies are taken, and what is taken is stored.
        var bodies = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                using var after = await gateway.Client.PostAsync(Isl.Validate, $$"""{"body":{{bodies++}}}""");
                return (await after.TextAsync()).Contains("body.second: Field required", StringComparison.Ordinal);
            },
            Soon, "the new schema counts");
        Assert.All(
            isl.Calls.Where(call => call.Head.StartsWith("GET", StringComparison.Ordinal)),
            call => Assert.Matches("^GET (/openapi.json|/cache/stats) ", call.Head));
    }

    /// <summary>While the schema of one of two live configurations is not known, a body may be right for that one.</summary>
    [Fact]
    public async Task TwoEpochs_BodyThatOneOfThemTakes_IsNotRefused()
    {
        await using var old = new ScriptedUpstream(Publishing("""{"type":"object","required":["first"]}"""), Healthy("one"));
        await using var young = new ScriptedUpstream(Publishing("""{"type":"object","required":["second"]}"""), Healthy("two"));
        await using var gateway = await GatewayUnderTest.StartAsync([old.Address, young.Address], On);
        await KnowsSchemaAsync(gateway, "CausalValidate", epochs: 2);
        foreach (var body in (string[])["""{"first":1}""", """{"second":1}"""])
        {
            using var taken = await gateway.Client.PostAsync(Isl.Validate, body);
            Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        }

        using var refused = await gateway.Client.PostAsync(Isl.Validate, """{"third":1}""");
        Assert.Equal(Invalid, refused.CacheStatus());
    }

    [Fact]
    public async Task Schema_ThatIslContradicts_IsNoLongerUsed()
    {
        await using var isl = new ScriptedUpstream(Publishing("""{"type":"object","required":["never"]}"""));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, On, "Cache:Mode=Observe");
        await KnowsSchemaAsync(gateway, "CausalValidate");
        using (var first = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody))
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);

        gateway.Reload("Cache:Mode", "On");

        using var next = await gateway.Client.PostAsync(Isl.Validate, """{"another":1}""");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        await WarnsAsync(gateway, "ISL took bodies of CausalValidate that its own schema refuses");
    }

    [Fact]
    public async Task NoRow_AsksForIt_TheSchemaIsNeverFetched()
    {
        await using var rig = await Rig.StartAsync();
        Assert.Equal(FromIsl, await rig.StatusOfAsync(Isl.Validate, BadBody));
        await rig.IsPolledAsync();
        Assert.Equal(0, rig.Sim.Calls(OpenApi));
    }

    /// <summary>What development shows: the simulator's schema and its refusals are of one table.</summary>
    [Theory]
    [InlineData(Isl.Counterfactual, "Counterfactual",
        """{"model":{"variables":{},"distributions":{"x":{"type":"odd"}}},"intervention":[],"outcome":"R"}""")]
    [InlineData(Isl.Elicit, "Elicit", """{"user_id":["u"],"context":"pricing"}""")]
    [InlineData("/api/v1/validation/validate", "ValidationValidate", """{"validation_level":"odd"}""")]
    public async Task Simulator_RefusesABody_TheGatewayRefusesItAlike(string path, string what, string body)
    {
        Assert.NotEmpty(what);
        await using var rig = await StartAsync(
            "Endpoints:CausalCounterfactual:Validation=Schema", "Endpoints:PreferencesElicit:Validation=Schema",
            "Endpoints:ValidationValidate:Validation=Schema");
        var isl = JsonDocument.Parse(await rig.AskIslAsync(path, body)).RootElement;
        using var response = await rig.PostAsync(path, body);
        Assert.Equal(Invalid, response.CacheStatus());
        var gateway = JsonDocument.Parse(await response.TextAsync()).RootElement;
        Assert.Equal(Texts(isl, "validation_failures").Order(), Texts(gateway, "validation_failures").Order());
    }

    private static Task<Rig> StartAsync(params string[] settings) => StartAsync(new SimulatorOptions { Latency = 0 }, settings);

    private static async Task<Rig> StartAsync(SimulatorOptions options, params string[] settings)
    {
        var rig = await Rig.StartAsync(options, settings);
        await KnowsSchemaAsync(rig.Gateway, null);
        return rig;
    }

    /// <summary>Waits until the schemas of so many configurations are there, and of one row if it is named.</summary>
    private static Task KnowsSchemaAsync(GatewayUnderTest gateway, string? row, int epochs = 1)
    {
        var book = gateway.Services.GetRequiredService<SchemaBook>();
        var rows = gateway.Services.GetRequiredService<EndpointTable>().Rows;
        return Eventually.TrueAsync(
            () => gateway.Services.GetRequiredService<ReplicaRegistry>().Evidenced().Epochs is var live
                && live.Count == epochs && live.All(epoch => book.Of(epoch) is { Trouble: null })
                && (row is null || book.Find(rows.Single(known => known.Name == row), "POST") is not null),
            Soon, "the schema is known");
    }

    private static Task WarnsAsync(GatewayUnderTest gateway, string text) => Eventually.TrueAsync(
        async () => (await gateway.ManagementClient.GetStringAsync("/health/ready", TestContext.Current.CancellationToken))
            .Contains(text, StringComparison.Ordinal),
        Soon, $"readiness warns of '{text}'");

    /// <summary>An ISL that publishes one schema for one path, and computes whatever it is asked.</summary>
    private static Script Publishing(string schema) => call => (call.Head.StartsWith("GET " + OpenApi, StringComparison.Ordinal)
        ? Scripts.Says(
            Scripts.Message("200 OK", $$"""
                {"openapi":"3.1.0","paths":{"{{Isl.Validate}}":{"post":{"requestBody":
                {"content":{"application/json":{"schema":{{schema}} } } } } } } }
                """),
            AfterAnswer.Keep)
        : Scripts.Computes)(call);

    private static Script Healthy(string build) => Scripts.Says(
        Scripts.Message("200 OK", $$"""{"status":"healthy","version":"1","build":"{{build}}","config_fingerprint":"000000000000"}"""),
        AfterAnswer.Keep);

    private static List<string> Texts(JsonElement json, string member) =>
        [.. json.GetProperty(member).EnumerateArray().Select(text => text.GetString()!)];
}
