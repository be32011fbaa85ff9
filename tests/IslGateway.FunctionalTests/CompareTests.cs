using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>A candidate is asked what callers have asked: what it says differently is known, and reaches nobody.</summary>
public sealed class CompareTests
{
    private const string Estimate = "/prediction/point_estimate";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Candidate_ThatDiffersInOneField_IsToldByExactlyThat()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();
        comparison.Scale(Estimate, 1.25);

        var report = (await comparison.CompareAsync())[^1];

        Assert.Equal((2, 1, 1, 1, 0, 0), (
            (int)report["questions"]!, (int)report["equal"]!, (int)report["different"]!, (int)report["beyond_tolerance"]!,
            (int)report["failed"]!, (int)report["not_compared"]!));
        Assert.False((bool)report["passed"]!);
        Assert.Null(report["stopped"]);
        var validate = Comparison.Endpoint(report, Isl.Validate);
        Assert.Equal((1, 0), ((int)validate["equal"]!, (int)validate["different"]!));
        Assert.Empty(validate["differences"]!.AsArray());
        var counterfactual = Comparison.Endpoint(report, Isl.Counterfactual);
        Assert.Equal((0, 1, "CausalCounterfactual"), (
            (int)counterfactual["equal"]!, (int)counterfactual["different"]!, (string?)counterfactual["name"]));
        var difference = Assert.Single(counterfactual["differences"]!.AsArray())!;
        Assert.Equal((Estimate, "number", 1), (
            (string?)difference["pointer"], (string?)difference["kind"], (int)difference["answers"]!));
        Assert.Equal(0.2, (double)difference["relative_change"]!, 1e-9);
        Assert.Equal(0.2, (double)counterfactual["largest_relative_change"]!, 1e-9);
        Assert.All(["then", "now"], side => Assert.Equal(1, (int)counterfactual["latency"]![side]!["count"]!));
        Assert.Equal(("sim-0001", "sim-0002"), ((string?)report["then"]![0]!["build"], (string?)report["now"]!["build"]));
        Assert.True((bool)report["simulated"]!);
        Assert.False((bool)report["same_epoch"]!);
    }

    [Fact]
    public async Task Tolerance_AboveTheChange_LetsItPassAndStillTellsIt()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();
        comparison.Scale(Estimate, 1 + 1e-10);

        var report = (await comparison.CompareAsync("\"tolerance\":1e-9"))[^1];

        Assert.True((bool)report["passed"]!);
        var metrics = await Exposition.OfAsync(comparison.Rig.Gateway);
        Assert.Equal((1, 1, 0), (
            metrics["isl_gateway_compared_total{kind=\"candidate\",result=\"equal\"}"],
            metrics["isl_gateway_compared_total{kind=\"candidate\",result=\"tolerated\"}"],
            metrics["isl_gateway_compared_total{kind=\"candidate\",result=\"different\"}"]));
        Assert.True(metrics["isl_gateway_compared_last_timestamp_seconds{kind=\"candidate\"}"] > 0);
        Assert.Equal((1, 1, 0), ((int)report["equal"]!, (int)report["different"]!, (int)report["beyond_tolerance"]!));
        Assert.InRange((double)Comparison.Endpoint(report, Isl.Counterfactual)["largest_relative_change"]!, 1e-11, 1e-9);
    }

    [Fact]
    public async Task Candidate_WhateverItSays_ReachesNobodyAndIsNotStored()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();
        using var before = await comparison.Rig.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, "X-Request-Id: one");
        var (entries, answer) = (comparison.Rig.Memory.Entries, await before.TextAsync());
        comparison.Scale(Estimate, 2);

        await comparison.CompareAsync();

        using var after = await comparison.Rig.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, "X-Request-Id: one");
        Assert.EndsWith("detail=memory", after.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(answer, await after.TextAsync());
        Assert.Equal(entries, comparison.Rig.Memory.Entries);
        Assert.Equal((1, 1), (comparison.Rig.Sim.Calls(Isl.Counterfactual), comparison.Candidate.Calls(Isl.Counterfactual)));
    }

    [Fact]
    public async Task Report_OfTexts_HoldsNoneOfThem()
    {
        await using var comparison = await Comparison.StartAsync("Logging:LogLevel:IslGateway=Debug");
        using var logs = RecordedLogs.Of(comparison.Rig.Gateway);
        await comparison.AskBothAsync();
        var answers = new List<string>();
        foreach (var (path, body) in new[] { (Isl.Validate, Isl.ValidateBody), (Isl.Counterfactual, Isl.CounterfactualBody) })
            answers.Add(await comparison.Rig.AskIslAsync(path, body));
        comparison.Candidate.Update(knobs => knobs with { Degraded = true, Seed = "another" });

        var said = await comparison.CompareAsync();

        var text = string.Concat(said.Select(line => line.ToJsonString())) + await comparison.Rig.Gateway.MetricsAsync();
        Assert.Contains(
            Comparison.Endpoint(said[^1], Isl.Validate)["differences"]!.AsArray(),
            difference => (string?)difference!["pointer"] == "/status" && (string?)difference["kind"] == "value");
        var texts = answers.SelectMany(answer => Values(JsonNode.Parse(answer)!)).Distinct().Where(value => value.Length > 4).ToList();
        Assert.InRange(texts.Count, 5, 100);
        Assert.All(texts, value => Assert.DoesNotContain(value, text, StringComparison.Ordinal));
        Assert.All(texts, value => Assert.DoesNotContain(value, string.Concat(logs.Lines), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Questions_NotStoredUnderTheNewEpoch_AreAskedOfIslFirst()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();
        await comparison.Rig.IsPolledAsync();
        comparison.Rig.Sim.Build = "sim-0003";
        await comparison.Rig.KnowsEpochAsync();

        var stored = (await comparison.CompareAsync("\"stored_only\":true"))[^1];
        Assert.Equal((0, 2), ((int)stored["equal"]!, (int)stored["not_compared"]!));
        Assert.Equal(1, (int)Comparison.Endpoint(stored, Isl.Validate)["not_compared_because"]!["not-stored"]!);
        Assert.False((bool)stored["passed"]!);
        Assert.Equal(0, comparison.Candidate.Calls(Isl.Validate));

        var report = (await comparison.CompareAsync())[^1];
        Assert.Equal((2, 0), ((int)report["equal"]!, (int)report["not_compared"]!));
        Assert.True((bool)report["passed"]!);
        Assert.Equal(2, comparison.Rig.Sim.Calls(Isl.Validate));
        Assert.EndsWith("detail=memory", await comparison.Rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Count_AndEndpoint_ChooseWhatIsAsked()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();
        await comparison.AskAsync(5);

        var said = await comparison.CompareAsync("\"count\":3", "\"endpoint\":\"causalvalidate\"");

        Assert.Equal([1, 2, 3], said.SkipLast(1).Select(line => (int)line["done_questions"]!));
        Assert.All(said.SkipLast(1), line => Assert.Equal((Isl.Validate, "equal", 3), (
            (string?)line["endpoint"], (string?)line["result"], (int)line["questions"]!)));
        Assert.Equal((3, 0), (comparison.Candidate.Calls(Isl.Validate), comparison.Candidate.Calls(Isl.Counterfactual)));
    }

    [Fact]
    public async Task Requests_NotKept_AreAProblemThatNamesTheSetting()
    {
        await using var comparison = await Comparison.StartAsync("Cache:KeepRequests=0");

        using var response = await comparison.SendAsync(comparison.Body());

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("Cache:KeepRequests", await response.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, comparison.Candidate.HealthCalls);
    }

    [Theory]
    [InlineData("", "no JSON object")]
    [InlineData("[]", "no JSON object")]
    [InlineData("{}", "against")]
    [InlineData("""{"against":"isl-next:8000"}""", "absolute http or https")]
    [InlineData("""{"against":"file:///etc/passwd"}""", "absolute http or https")]
    [InlineData("""{"against":"http://user:secret@isl"}""", "without user, query or fragment")]
    [InlineData("""{"against":"http://isl?a=b"}""", "without user, query or fragment")]
    [InlineData("""{"against":"http://isl","tolerance":-1}""", "tolerance")]
    [InlineData("""{"against":"http://isl","tolerance":"1e-9"}""", "tolerance")]
    [InlineData("""{"against":"http://isl","count":0}""", "count")]
    [InlineData("""{"against":"http://isl","count":1.5}""", "count")]
    [InlineData("""{"against":"http://isl","endpoint":"Nowhere"}""", "CausalValidate")]
    [InlineData("""{"against":"http://isl","endpoint":"TeachingTeach"}""", "CausalValidate")]
    [InlineData("""{"against":"http://isl","stored_only":1}""", "stored_only")]
    [InlineData("""{"against":"http://isl","colour":1}""", "send_credentials")]
    [InlineData("""{"against":"http://isl","against":"http://isl"}""", "twice")]
    [InlineData("""{"against":"http://isl"}""", "Compare:Hosts")]
    public async Task Call_ThatIsWrong_IsAProblemThatSaysWhy(string body, string named)
    {
        await using var comparison = await Comparison.StartAsync("Compare:Hosts=isl-next,127.0.0.1:1");

        using var response = await comparison.SendAsync(body);

        var problem = await response.TextAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, problem);
        Assert.Contains(named, JsonDocument.Parse(problem).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_OfTheGatewayItself_IsRefused()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();
        foreach (var own in new[] { comparison.Rig.Gateway.Address, comparison.Rig.Gateway.Management })
        {
            using var response = await comparison.SendAsync($$"""{"against":"{{own}}"}""");
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains("this gateway itself", await response.TextAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Address_ThatLeadsBackThroughAnother_IsNoticed()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();
        await using var between = await GatewayUnderTest.StartAsync(comparison.Rig.Gateway.Address);

        using var response = await comparison.SendAsync($$"""{"against":"{{between.Address}}"}""");

        var report = WarmingList.Parse(await response.TextAsync()).Single()["report"]!;
        Assert.Contains("this gateway itself", (string?)report["stopped"], StringComparison.Ordinal);
        Assert.False((bool)report["passed"]!);
    }

    [Fact]
    public async Task Second_WhileOneIsUnderWay_IsTurnedAway()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();
        Assert.Null((await comparison.StatusAsync())["report"]);
        comparison.Candidate.Hang();
        var first = comparison.CompareAsync();
        await Eventually.TrueAsync(() => comparison.Candidate.TotalCalls == 1, Soon, "the candidate is asked");

        using var second = await comparison.SendAsync(comparison.Body());
        var status = await comparison.StatusAsync();

        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Contains("comparison-under-way", await second.TextAsync(), StringComparison.Ordinal);
        Assert.Equal((2, 0), ((int)status["under_way"]!["questions"]!, (int)status["under_way"]!["done_questions"]!));
        comparison.Candidate.ReleaseHang();
        var report = (await first)[^1];
        status = await comparison.StatusAsync();
        Assert.Null(status["under_way"]);
        Assert.Equal(report.ToJsonString(), status["report"]!.ToJsonString());
    }

    [Fact]
    public async Task Caller_WhoLeaves_EndsIt()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskAsync(20);
        comparison.Candidate.Hang();
        using var leaves = new CancellationTokenSource();
        using var request = Isl.Post(Comparison.Path, comparison.Body());
        var asked = comparison.Rig.Gateway.ManagementClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaves.Token);
        await Eventually.TrueAsync(() => comparison.Candidate.TotalCalls == 1, Soon, "the candidate is asked");

        await leaves.CancelAsync();
        (await asked).Dispose();

        await Eventually.TrueAsync(
            async () => (await comparison.StatusAsync())["under_way"] is null, Soon, "the comparison has ended");
        comparison.Candidate.ReleaseHang();
        Assert.Equal(1, comparison.Candidate.TotalCalls);
        Assert.Null((await comparison.StatusAsync())["report"]);
    }

    private static IEnumerable<string> Values(JsonNode node) => node switch
    {
        JsonObject members => members.Where(member => member.Key != "_metadata" && member.Value is not null)
            .SelectMany(member => Values(member.Value!)),
        JsonArray list => list.Where(item => item is not null).SelectMany(item => Values(item!)),
        JsonValue value when value.TryGetValue<string>(out var text) => [text],
        _ => [],
    };
}
