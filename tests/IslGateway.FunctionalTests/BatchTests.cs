using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using IslSimulator.Knobs;

namespace IslGateway.FunctionalTests;

/// <summary>Many requests in one: each is answered as if it had come alone, under its own id, whatever becomes of the others.</summary>
public sealed class BatchTests
{
    private const string Lines = "Accept: application/x-ndjson";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task TwentyItems_FifteenKnown_AreFiveCalls()
    {
        await using var rig = await Rig.StartAsync();
        for (var n = 0; n < 15; n++) (await rig.PostAsync(Isl.Validate, WarmingList.Body(n))).Dispose();

        var order = Enumerable.Range(0, 20).Select(n => n * 7 % 20).ToList();
        var answers = await rig.Client.BatchAsync(Batches.Of(order.Select(n => Batches.Item($"item-{n}", WarmingList.Body(n)))));

        Assert.Equal(20, rig.Sim.Calls(Isl.Validate));
        Assert.Equal(order.Select(n => $"item-{n}"), answers.Select(answer => answer.Id()));
        Assert.All(answers.Zip(order), pair =>
        {
            Assert.Equal(200, pair.First.Status());
            Assert.Contains($"Price{pair.Second} ", pair.First["body"]!["explanation"]!["summary"]!.ToString(), StringComparison.Ordinal);
            Assert.Contains(pair.Second < 15 ? "; hit; " : "; stored", pair.First.Cache(), StringComparison.Ordinal);
        });
        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal(15, metrics.Sum("plot_isl_cache_hits_total", $"endpoint=\"{Isl.Validate}\""));
        Assert.Equal(20, metrics.Sum("plot_isl_cache_misses_total", $"endpoint=\"{Isl.Validate}\""));
        Assert.Equal(1, metrics.Sum("isl_gateway_requests_total", "endpoint=\"other\"", "cache=\"batch\""));
    }

    /// <summary>A, B, C, B and D, of which B is known, C fails, and D's answer comes before A's.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PartlyKnown_AnsweredOutOfOrderAndOneFailing_EachHasItsOwn(bool asLines)
    {
        var isDAnswered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = new ConcurrentQueue<string>();
        await using var isl = new ScriptedUpstream(async call =>
        {
            var name = Encoding.UTF8.GetString(call.Body)[9..10];
            asked.Enqueue(name);
            if (name == "A") await isDAnswered.Task.WaitAsync(call.Ended);
            await (name == "C"
                ? Scripts.Says(Scripts.Message("500 Internal Server Error", """{"code":"failed C"}"""), AfterAnswer.Keep)
                : Scripts.Says(
                    Scripts.Message(
                        "200 OK", $$$"""{"result":"{{{name}}}","_metadata":{"config_fingerprint":"000000000000"}}"""),
                    AfterAnswer.Keep))(call);
            if (name == "D") isDAnswered.SetResult();
            return AfterAnswer.Keep;
        });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);
        (await gateway.Client.PostAsync(Isl.Validate, Body("B"))).Dispose();
        asked.Clear();

        var answers = await gateway.Client.BatchAsync(
            Batches.Of(((string[])["A", "B", "C", "B", "D"]).Select((name, n) => Batches.Item($"{n}{name}", Body(name)))),
            asLines ? [Lines] : []);

        Assert.Equal(["A", "C", "D"], asked.Order());
        var ids = answers.Select(answer => answer.Id());
        Assert.Equal(["0A", "1B", "2C", "3B", "4D"], asLines ? ids.Order() : ids);
        foreach (var answer in answers)
        {
            var name = answer.Id()[1..];
            Assert.Equal(name == "C" ? "failed C" : name, (string?)(answer["body"]!["result"] ?? answer["body"]!["code"]));
            Assert.Equal(name == "C" ? 500 : 200, answer.Status());
            var cache = name switch { "B" => "; hit; ", "C" => "fwd-status=500", _ => "; stored" };
            Assert.Contains(cache, answer.Cache(), StringComparison.Ordinal);
        }

        static string Body(string name) => $$"""{"name":"{{name}}"}""";
    }

    [Fact]
    public async Task Duplicates_AreAskedOnceEvenIfTheyFail()
    {
        await using var rig = await Rig.StartAsync();

        var answers = await rig.Client.BatchAsync(
            Batches.Of(((string[])["{}", Isl.ValidateBody, "{}", "{}", Isl.ValidateBody])
                .Select((body, n) => Batches.Item($"{n}", body)))[..^1] + ",\"concurrency\":1}");

        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));
        Assert.Equal([422, 200, 422, 422, 200], answers.Select(answer => answer.Status()));
        Assert.Equal("IslGateway; fwd=miss; fwd-status=422; collapsed", answers[2].Cache());
        Assert.Contains("; hit; ", answers[4].Cache(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Duplicates_OfWhatIsNeverCached_AreAskedEach()
    {
        await using var rig = await Rig.StartAsync();

        var answers = await rig.Client.BatchAsync(Batches.Of(
            Batches.Item("1", """{"user_id":"u"}""", Isl.Teach), Batches.Item("2", """{"user_id":"u"}""", Isl.Teach)));

        Assert.Equal(2, rig.Sim.Calls(Isl.Teach));
        Assert.All(answers, answer => Assert.Equal("IslGateway; fwd=bypass; detail=endpoint-not-cached", answer.Cache()));
    }

    [Fact]
    public async Task WrongItems_SpoilNoOther()
    {
        await using var rig = await Rig.StartAsync();

        var answers = await rig.Client.BatchAsync(Batches.Of(
            "7", """{"path":"relative","id":"late"}""", Batches.Item("unknown", "{}", "/nothing"),
            Batches.Item("self", "{}", Batches.Batch),
            Batches.Item("self-2", "{}", "/gateway/v1/../../health"), Batches.Item("method", "{}", more: ",\"method\":\"DELETE\""),
            Batches.Item("case", "{}", "/API/v1/causal/validate"), Batches.Item("good", Isl.ValidateBody),
            """{"id":12,"method":"GET","path":"/health"}""", """{"id":"docs","method":"GET","path":"/docs"}"""));

        Assert.Equal(
            ["0", "late", "unknown", "self", "self-2", "method", "case", "good", "12", "docs"], answers.Select(answer => answer.Id()));
        Assert.Equal([400, 400, 404, 404, 404, 404, 404, 200, 200, 200], answers.Select(answer => answer.Status()));
        Assert.All(answers.Take(7), answer => Assert.Equal("isl-gateway", (string?)answer["body"]!["source"]));
        Assert.Equal("IslGateway; detail=wrong-batch", answers[1].Cache());
        Assert.Equal("IslGateway; detail=unknown-endpoint", answers[2].Cache());
        Assert.Equal("healthy", (string?)answers[8]["body"]!["status"]);
        Assert.Contains("Simulated ISL", (string?)answers[9]["body"], StringComparison.Ordinal);
        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Headers_AreTheCallsAndTheItemsButNoOtherCredential()
    {
        await using var rig = await Rig.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["outer"] });

        var answers = await rig.Client.BatchAsync(
            Batches.Of(
                Batches.Item(
                    "a", Isl.ValidateBody, more: ",\"headers\":{\"X-API-Key\":\"inner\",\"host\":\"evil\",\"Content-Length\":\"1\"}"),
                Batches.Item("b", "{\"user_id\":\"u\"}", Isl.Teach, ",\"headers\":{\"X-Trace-Id\":\"mine\",\"X-Request-Id\":\"own-id\"}")),
            "X-API-Key: outer", "X-Request-Id: call-1", "User-Agent: plot");

        Assert.All(answers, answer => Assert.Equal(200, answer.Status()));
        Assert.Equal("call-1.0", (string?)answers[0]["body"]!["_metadata"]!["request_id"]);
        var taught = rig.Sim.LastCalls(Isl.Teach)[^1];
        Assert.Equal(("own-id", "outer"), (taught.Header("X-Request-Id"), taught.Header("X-API-Key")));
        Assert.Equal(("mine", "plot"), (taught.Header("X-Trace-Id"), taught.Header("User-Agent")));
        Assert.Equal(rig.Gateway.Address.Authority, taught.Header("Host"));
        Assert.All(
            await rig.Client.BatchAsync(Batches.Of(Batches.Item("a", Isl.ValidateBody)), "X-API-Key: other"),
            answer => Assert.Equal(401, answer.Status()));
    }

    [Fact]
    public async Task Answers_StandAsIslWroteThem()
    {
        await using var rig = await Rig.StartAsync();
        const string Odd = "{\"a\": 1.50,\n\t\"b\":1e2,\r\n\"c\":\"\\u00e9\",\"_metadata\":{\"config_fingerprint\":\"cb0a8a533671\"}}";
        rig.Sim.Update(knobs => knobs with { RawBodies = [new RawBodyKnob(Isl.Validate, Odd)] });

        using var whole = await rig.PostAsync(Batches.Batch, Batches.Of(Batches.Item("a", "{}")));
        using var lines = await rig.PostAsync(Batches.Batch, Batches.Of(Batches.Item("a", "{}")), Lines);

        Assert.Contains(Odd, await whole.TextAsync(), StringComparison.Ordinal);
        var line = Assert.Single((await lines.TextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(Odd.Replace('\n', ' ').Replace('\r', ' '), line, StringComparison.Ordinal);
        Assert.Equal("application/x-ndjson", lines.Content.Headers.ContentType!.MediaType);
        Assert.Equal("IslGateway; detail=batch", lines.CacheStatus());
    }

    [Theory]
    [InlineData("application/x-ndjson", true)]
    [InlineData("Application/X-NDJSON;q=0.5, text/html", true)]
    [InlineData("application/json, application/x-ndjson", true)]
    [InlineData("application/json;q=0.5, application/x-ndjson", true)]
    [InlineData("application/json, application/x-ndjson;q=0.9", false)]
    [InlineData("application/x-ndjson;q=0", false)]
    [InlineData("application/x-ndjson;q=0, */*", false)]
    [InlineData("*/*", false)]
    public async Task Answers_AreInTheFormThatTheCallerWantsMost(string accept, bool asLines)
    {
        await using var rig = await Rig.StartAsync();

        using var answer = await rig.PostAsync(Batches.Batch, Batches.Of(), $"Accept: {accept}");

        Assert.Equal(asLines ? "application/x-ndjson" : "application/json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("", 400, "no valid JSON")]
    [InlineData("[]", 400, "no valid JSON")]
    [InlineData("{}", 400, "\"requests\" is missing")]
    [InlineData("""{"requests":{}}""", 400, "must be a list")]
    [InlineData("""{"requests":[],"concurrency":0}""", 400, "whole number from 1")]
    [InlineData("""{"requests":[],"requests":[]}""", 400, "twice")]
    [InlineData("""{"requests":[],"id":1}""", 400, "unknown")]
    [InlineData("""{"requests":[{},{},{},{}]}""", 413, "Batch:MaxItems")]
    [InlineData("""{"requests":[{"path":"/a","body":"0123456789012345678901234567890123456789"}]}""", 413, "Limits:MaxRequestBodySize")]
    public async Task Call_Wrong_IsRefusedAsAWhole(string body, int status, string said)
    {
        await using var rig = await Rig.StartAsync("Batch:MaxItems=3", "Limits:MaxRequestBodySize=64B");

        using var answer = await rig.PostAsync(Batches.Batch, body);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(said, JsonNode.Parse(await answer.TextAsync())!["detail"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ByAnotherMethodOrCoding_IsRefusedOrUnpacked()
    {
        await using var rig = await Rig.StartAsync();

        using var got = await rig.Client.GetAsync(Batches.Batch, TestContext.Current.CancellationToken);
        using var coded = await rig.PostAsync(Batches.Batch, "{}", "Content-Encoding: zstd");
        using var packed = await rig.Client.SendAsync(
            Isl.Post(Batches.Batch, Packed.Gzip(Batches.Of(Batches.Item("a", Isl.ValidateBody))), "Content-Encoding: gzip"),
            TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (got.StatusCode, got.Content.Headers.Allow.Single()));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, coded.StatusCode);
        Assert.Contains("; stored", await packed.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deadline_Passed_IsEachItemsOwn504()
    {
        await using var rig = await Rig.StartAsync();
        (await rig.PostAsync(Isl.Validate, WarmingList.Body(0))).Dispose();
        rig.Sim.Hang(Isl.Validate);

        var answers = await rig.Client.BatchAsync(
            Batches.Of(Enumerable.Range(0, 30).Select(n => Batches.Item($"{n}", WarmingList.Body(n)))), "X-Timeout-Ms: 3000");

        Assert.Equal(200, answers[0].Status());
        Assert.All(answers.Skip(1), answer => Assert.Equal((504, "IslGateway; detail=deadline-passed"), (answer.Status(), answer.Cache())));
        Assert.InRange(rig.Sim.Calls(Isl.Validate), 1, 1 + 8);
    }

    [Fact]
    public async Task Caller_Leaving_EndsTheItems()
    {
        await using var rig = await Rig.StartAsync("Batch:Concurrency=2");
        rig.Sim.Hang(Isl.Validate);
        var batch = Batches.Of(Enumerable.Range(0, 30).Select(n => Batches.Item($"{n}", WarmingList.Body(n))));
        using (var leaving = new CancellationTokenSource())
        {
            var asking = rig.Client.SendAsync(Isl.Post(Batches.Batch, batch), leaving.Token);
            await rig.CallsReachAsync(Isl.Validate, 2);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        }

        await rig.HoldsLessAsync(batch.Length);
        rig.Sim.ReleaseHang();
        await rig.HoldsNothingAsync();
        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));
    }

    [Theory]
    [InlineData("", 3)]
    [InlineData(",\"concurrency\":null", 3)]
    [InlineData(",\"concurrency\":2", 2)]
    [InlineData(",\"concurrency\":100", 3)]
    public async Task Concurrency_IsTheCallersWithinTheSetting(string asked, int most)
    {
        await using var rig = await Rig.StartAsync("Batch:Concurrency=3");
        rig.Sim.Delay = TimeSpan.FromMilliseconds(20);

        await rig.Client.BatchAsync(
            Batches.Of(Enumerable.Range(0, 24).Select(n => Batches.Item($"{n}", WarmingList.Body(n))))[..^1] + asked + "}");

        Assert.InRange(rig.Sim.ConcurrentMax, 1, most);
        Assert.Equal(24, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task AnswersHeld_AreWithinTheirLimit()
    {
        await using var rig = await Rig.StartAsync("Batch:MaxHeldAnswers=64KiB", "Batch:Concurrency=2");
        rig.Sim.Update(knobs => knobs with { BodyPadding = 100_000 });
        rig.Sim.Hang(Isl.Counterfactual);

        var asking = rig.Client.BatchAsync(Batches.Of(Enumerable.Range(1, 20).Select(n => Batches.Item($"{n}", WarmingList.Body(n)))
            .Prepend(Batches.Item("0", Isl.CounterfactualBody, Isl.Counterfactual))));
        await rig.CallsReachAsync(Isl.Validate, 1);
        await rig.IsPolledAsync();
        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));

        rig.Sim.ReleaseHang();
        var answers = await asking;
        Assert.Equal(Enumerable.Range(0, 21).Select(n => $"{n}"), answers.Select(answer => answer.Id()));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status()));
    }

    [Fact]
    public async Task AnswerTooLarge_IsThatItemsErrorAlone()
    {
        await using var rig = await Rig.StartAsync("Cache:MaxEntrySize=4KiB");
        rig.Sim.Update(knobs => knobs with
        {
            RawBodies = [new RawBodyKnob(Isl.Counterfactual, $"\"{new string('x', 10_000)}\"")],
        });

        var answers = await rig.Client.BatchAsync(
            Batches.Of(Batches.Item("a", Isl.CounterfactualBody, Isl.Counterfactual), Batches.Item("b", Isl.ValidateBody)));

        Assert.Equal([(502, "IslGateway; detail=oversize"), (200, "IslGateway; fwd=miss; stored")],
            answers.Select(answer => (answer.Status(), answer.Cache())));
    }

    [Fact]
    public async Task ReaderOfLines_HasEachAsItIsDone()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Hang(Isl.Counterfactual);
        using var request = Isl.Post(
            Batches.Batch,
            Batches.Of(Batches.Item("slow", Isl.CounterfactualBody, Isl.Counterfactual), Batches.Item("fast", Isl.ValidateBody)), Lines);
        using var response = await rig.Client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));

        var first = await lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.StartsWith("""{"id":"fast","status":200,""", first, StringComparison.Ordinal);

        rig.Sim.ReleaseHang();
        Assert.StartsWith(
            """{"id":"slow","status":200,""", await lines.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Null(await lines.ReadLineAsync(TestContext.Current.CancellationToken));
    }
}
