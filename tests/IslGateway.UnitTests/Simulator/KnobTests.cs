using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IslSimulator;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Simulator;

public class KnobTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Counters_OverCalls_LeaveHealthAndControlOut()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        await simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody);
        await simulator.SendAsync(HttpMethod.Get, "/health");
        var state = (await simulator.SendAsync(HttpMethod.Get, "/_sim")).Json;
        Assert.Equal(1, state.GetProperty("calls").GetProperty("total").GetInt32());
        Assert.Equal(1, state.GetProperty("calls").GetProperty(SimulatorFixture.Validate).GetInt32());
        Assert.Equal(1, state.GetProperty("health_calls").GetInt32());
        Assert.Equal((1, 1), (simulator.State.TotalCalls, simulator.State.Calls(SimulatorFixture.Validate)));
        await simulator.PostAsync("/_sim/reset", "");
        Assert.Equal(0, simulator.State.TotalCalls);
    }

    [Theory]
    [InlineData("""{"colour":"red"}""", "colour")]
    [InlineData("""{"delay_ms":"long"}""", "delay_ms")]
    [InlineData("""{"error":{"status":200}}""", "error")]
    [InlineData("""{"build":"452ba95"}""", "build")]
    public async Task Knob_UnknownOrImpossible_Is400NamingItAndChangesNothing(string knobs, string name)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var answer = await simulator.PostAsync("/_sim", """{"degraded":true,""" + knobs[1..]);
        Assert.Equal(400, answer.Status);
        Assert.Contains(name, answer.Text, StringComparison.Ordinal);
        Assert.False(simulator.State.Degraded);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("42")]
    [InlineData("\"0123456789ab\"")]
    [InlineData("""{"odd":true}""")]
    public async Task Fingerprint_AnyJson_IsInHealthAndAnswers(string value)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        await simulator.TurnAsync($$"""{"fingerprint":{{value}}}""");
        var health = await simulator.SendAsync(HttpMethod.Get, "/health");
        var answer = await simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody);
        Assert.Equal(value, health.Json.GetProperty("config_fingerprint").GetRawText());
        Assert.Equal(value, answer.Json.GetProperty("_metadata").GetProperty("config_fingerprint").GetRawText());
    }

    [Fact]
    public async Task Error_WithCountAndPath_IsPlayedThatOftenThere()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        await simulator.TurnAsync($$$"""{"error":{"status":503,"count":1,"path":"{{{SimulatorFixture.Validate}}}"}}""");
        Assert.Equal(200, (await simulator.PostAsync("/api/v1/utility/validate", "{}")).Status);
        var failed = await simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody);
        Assert.Equal(503, failed.Status);
        Assert.Equal("30", failed.Headers["Retry-After"]);
        Assert.Equal(200, (await simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody)).Status);
    }

    [Fact]
    public async Task Hang_UntilReleased_HoldsCallsButNotHealth()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        simulator.State.Hang();
        var hanging = simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody);
        Assert.Equal(200, (await simulator.SendAsync(HttpMethod.Get, "/health")).Status);
        while (simulator.State.TotalCalls == 0) await Task.Yield();
        Assert.False(hanging.IsCompleted);
        await simulator.TurnAsync("""{"hang":false}""");
        Assert.Equal(200, (await hanging).Status);
    }

    [Fact]
    public async Task Drop_OneAnswer_CutsItInMidBody()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        await simulator.TurnAsync("""{"drop":1}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, SimulatorFixture.Validate);
        request.Content = new StringContent(SimulatorFixture.ValidateBody, Encoding.UTF8, "application/json");
        using var response = await simulator.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.True(response.Content.Headers.ContentLength > 0);
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal(200, (await simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody)).Status);
    }

    [Fact]
    public async Task Answer_DegradedRawAndHeaders_ArePlayed()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        await simulator.TurnAsync("""
            {"degraded":true,"omit_fingerprint_in_body":true,"omit_build_header":true,"response_headers":{"Set-Cookie":"a=b","Cache-Control":"no-store"},
             "raw_body":{"path":"/api/v1/utility/validate","body":"{\"cut\":"}}
            """);
        var answer = await simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody);
        Assert.Equal("degraded", answer.Json.GetProperty("status").GetString());
        Assert.False(answer.Json.GetProperty("_metadata").TryGetProperty("config_fingerprint", out _));
        Assert.DoesNotContain("x-olumi-service-build", answer.Headers.Keys);
        Assert.Equal("a=b", answer.Headers["Set-Cookie"]);
        var raw = await simulator.PostAsync("/api/v1/utility/validate", "{}");
        Assert.Equal((200, "{\"cut\":"), (raw.Status, raw.Text));
    }

    [Fact]
    public async Task Drifting_Path_AnswersOtherNumbersTillItIsTurnedBack()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        async Task<string> AskAsync() =>
            (await simulator.PostAsync(
                SimulatorFixture.Counterfactual, SimulatorFixture.CounterfactualBody, ("X-Request-Id", "same"))).Text;
        var before = await AskAsync();

        await simulator.TurnAsync($$"""{"drifting":"{{SimulatorFixture.Counterfactual}}"}""");
        var drifted = await AskAsync();
        Assert.NotEqual(before, drifted);
        Assert.Equal(drifted, await AskAsync());

        await simulator.TurnAsync("""{"drifting":null}""");
        Assert.Equal(before, await AskAsync());
    }

    [Fact]
    public async Task Scaled_Field_IsTheOneNumberThatDiffers()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        async Task<string> AskAsync() =>
            (await simulator.PostAsync(
                SimulatorFixture.Counterfactual, SimulatorFixture.CounterfactualBody, ("X-Request-Id", "same"))).Text;
        var before = JsonNode.Parse(await AskAsync())!;

        await simulator.TurnAsync(
            $$$"""{"scaled":{"path":"{{{SimulatorFixture.Counterfactual}}}","field":"/prediction/point_estimate","factor":1.5}}""");
        var after = JsonNode.Parse(await AskAsync())!;

        var (was, becomes) = (before["prediction"]!["point_estimate"]!, after["prediction"]!["point_estimate"]!);
        Assert.Equal(was.GetValue<double>() * 1.5, becomes.GetValue<double>());
        before["prediction"]!["point_estimate"] = becomes.DeepClone();
        Assert.Equal(before.ToJsonString(), after.ToJsonString());
    }

    [Fact]
    public async Task Seed_OfTwoBuilds_MakesThemAnswerAlike()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        async Task<string> EstimateAsync() => (await simulator.PostAsync(
            SimulatorFixture.Counterfactual, SimulatorFixture.CounterfactualBody)).Json.GetProperty("prediction").GetRawText();
        await simulator.TurnAsync("""{"seed":"one"}""");
        var before = await EstimateAsync();

        await simulator.TurnAsync("""{"build":"sim-0002"}""");
        Assert.Equal(before, await EstimateAsync());

        await simulator.TurnAsync("""{"seed":null}""");
        Assert.NotEqual(before, await EstimateAsync());
    }

    [Fact]
    public async Task Delay_OnFakeTime_PassesWithTheClock()
    {
        var time = new FakeTimeProvider();
        await using var host = await SimulatorHost.StartAsync(new SimulatorOptions(), time: time);
        using var client = new HttpClient { BaseAddress = host.BaseAddress };
        using var content = new StringContent(SimulatorFixture.CounterfactualBody, Encoding.UTF8, "application/json");
        var answer = client.PostAsync(SimulatorFixture.Counterfactual, content, Cancel);
        while (host.State.LastCalls().Count == 0) await Task.Yield();
        Assert.False(answer.IsCompleted);
        while (!answer.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        using var response = await answer;
        Assert.True(response.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Calls_Afterwards_ShowWhatCame()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        await simulator.PostAsync(SimulatorFixture.Validate + "?q=%2F1", SimulatorFixture.ValidateBody, ("X-Custom", "v"));
        var call = Assert.Single(simulator.State.LastCalls(SimulatorFixture.Validate));
        Assert.Equal("v", call.Header("x-custom"));
        Assert.Equal(SimulatorFixture.ValidateBody, call.BodyText);
        var shown = (await simulator.SendAsync(
            HttpMethod.Get, "/_sim/calls?path=" + SimulatorFixture.Validate)).Json.GetProperty("calls")[0];
        Assert.Equal(SimulatorFixture.Validate + "?q=%2F1", shown.GetProperty("target").GetString());
        Assert.Equal(call.BodySha256, shown.GetProperty("body_sha256").GetString());
    }

    [Fact]
    public async Task Echo_AnyBytes_ComeBackWithTheRawTarget()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        using var content = new ByteArrayContent([0, 255, 1]);
        var echo = (await simulator.SendAsync(HttpMethod.Post, "/_sim/echo?a=%20b", content)).Json;
        Assert.Equal("/_sim/echo?a=%20b", echo.GetProperty("target").GetString());
        Assert.Equal(new byte[] { 0, 255, 1 }, echo.GetProperty("body_base64").GetBytesFromBase64());
    }

    [Fact]
    public async Task Stream_Read_HasLinesAndATrailer()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        using var response = await simulator.Client.GetAsync("/_sim/stream?n=3&interval_ms=0", Cancel);
        Assert.Equal("line 1\nline 2\nline 3\n", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("done", Assert.Single(response.TrailingHeaders.GetValues("X-Sim-Trailer")));
        Assert.Equal(200, (await simulator.SendAsync(HttpMethod.Get, "/health")).Status);
    }

    [Fact]
    public async Task OneAtATime_ParallelCalls_AreComputedInTurn()
    {
        await using var simulator = await SimulatorFixture.StartAsync(static options => options.Latency = 1);
        await simulator.TurnAsync("""{"one_at_a_time":true}""");
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => simulator.PostAsync(SimulatorFixture.Validate, SimulatorFixture.ValidateBody)));
        Assert.All(answers, static answer => Assert.Equal(200, answer.Status));
        Assert.Equal(JsonValueKind.Object, answers[0].Json.ValueKind);
    }

    [Fact]
    public Task Options_BuildWithoutItsMark_IsRefused() =>
        Assert.ThrowsAsync<ArgumentException>(() => SimulatorHost.StartAsync(new SimulatorOptions { Build = "real" }));
}
