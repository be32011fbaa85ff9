using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator.Knobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IslGateway.FunctionalTests;

/// <summary>A candidate that does not do what it should is a candidate that does not pass, and costs no more than it must.</summary>
public sealed class CompareTroubleTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Candidate_ThatIsNotThere_EndsItAtOnce()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();

        using var response = await comparison.SendAsync($$"""{"against":"http://127.0.0.1:{{FreePort.Next()}}"}""");

        var report = WarmingList.Parse(await response.TextAsync()).Single()["report"]!;
        Assert.Equal("of the candidate nothing is known: its /health cannot be read (unreachable)", (string?)report["stopped"]);
        Assert.False((bool)report["passed"]!);
        Assert.Empty(report["endpoints"]!.AsArray());
    }

    [Fact]
    public async Task Candidate_ThatIsNoIsl_EndsItAtOnce()
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();
        comparison.Candidate.Update(knobs => knobs with { RawBodies = [new RawBodyKnob("/health", "<html>", "text/html")] });
        Assert.EndsWith("cannot be read (not-json)", (string?)(await comparison.CompareAsync())[^1]["stopped"], StringComparison.Ordinal);

        comparison.Candidate.Update(knobs => knobs with { RawBodies = [new RawBodyKnob("/health", """{"ok":true}""")] });
        Assert.Contains("names no configuration", (string?)(await comparison.CompareAsync())[^1]["stopped"], StringComparison.Ordinal);
        Assert.Equal(0, comparison.Candidate.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Candidate_ThatIsSlow_IsWaitedForAsLongAsIslWouldBe()
    {
        await using var comparison = await Comparison.StartAsync(
            "Endpoints:CausalValidate:Timeout=2s", "Endpoints:CausalValidate:UpstreamTimeout=2s");
        await comparison.AskAsync(20);
        comparison.Candidate.Hang(Isl.Validate);

        var report = (await comparison.CompareAsync())[^1];

        var validate = Comparison.Endpoint(report, Isl.Validate);
        Assert.InRange((int)validate["failures"]!["timed-out"]!, 5, 6);
        Assert.Equal("the candidate does not answer any more", (string?)report["stopped"]);
        Assert.InRange(comparison.Candidate.Calls(Isl.Validate), 5, 6);
    }

    [Theory]
    [InlineData("{\"cut\":", "application/json", 200, "not-json")]
    [InlineData("<html>", "text/html", 200, "not-json")]
    [InlineData("{}", "application/json", 500, "status-500")]
    [InlineData("{}", "application/json", 302, "status-302")]
    public async Task Candidate_ThatAnswersNonsense_HasFailed(string body, string type, int status, string reason)
    {
        await using var comparison = await Comparison.StartAsync();
        await comparison.AskBothAsync();
        comparison.Candidate.Update(knobs => knobs with { RawBodies = [new RawBodyKnob(Isl.Validate, body, type, status)] });

        var report = (await comparison.CompareAsync())[^1];

        Assert.Equal((1, 1), ((int)report["equal"]!, (int)report["failed"]!));
        Assert.Equal(1, (int)Comparison.Endpoint(report, Isl.Validate)["failures"]![reason]!);
        Assert.False((bool)report["passed"]!);
        Assert.Null(report["stopped"]);
    }

    [Fact]
    public async Task Candidate_WhoseAnswersBreakOffOrAreHuge_HasFailed()
    {
        await using var comparison = await Comparison.StartAsync("Cache:MaxEntrySize=64KiB");
        await comparison.AskBothAsync();
        comparison.Candidate.Drop();
        var broken = (await comparison.CompareAsync())[^1];
        comparison.Candidate.StopDropping();
        var large = new RawBodyKnob(Isl.Validate, $"\"{new string('x', 100_000)}\"");
        comparison.Candidate.Update(knobs => knobs with { RawBodies = [large] });
        var huge = (await comparison.CompareAsync())[^1];

        Assert.Equal(1, (int)Comparison.Endpoint(broken, Isl.Validate)["failures"]!["broke-off"]!);
        Assert.Equal(1, (int)Comparison.Endpoint(huge, Isl.Validate)["failures"]!["too-large"]!);
    }

    [Fact]
    public async Task Credentials_UnlessTheCallerSaysSo_AreNotSent()
    {
        await using var comparison = await Comparison.StartAsync(["plot"], "Warming:Credentials=plot", "Warming:Concurrency=1");
        await comparison.AskBothAsync("X-API-Key: plot");

        var kept = (await comparison.CompareAsync())[^1];
        Assert.Equal((0, 2), ((int)kept["equal"]!, (int)kept["failed"]!));
        Assert.DoesNotContain(comparison.Candidate.LastCalls(), call => call.Header("X-API-Key") is not null);

        var sent = (await comparison.CompareAsync("\"send_credentials\":true"))[^1];
        Assert.Equal((2, 0), ((int)sent["equal"]!, (int)sent["failed"]!));
        Assert.True((bool)sent["passed"]!);
        Assert.DoesNotContain("plot", sent.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credential_ThatTheCandidateRefuses_IsSentTwiceAndNoMore()
    {
        await using var comparison = await Comparison.StartAsync(["plot"], "Warming:Credentials=plot", "Warming:Concurrency=4");
        for (var i = 0; i < 20; i++) await comparison.Rig.StatusOfAsync(Isl.Validate, WarmingList.Body(i), "X-API-Key: plot");
        comparison.Candidate.Update(knobs => knobs with { RevokedKeys = ["plot"] });

        var report = (await comparison.CompareAsync("\"send_credentials\":true"))[^1];

        Assert.Equal(2, comparison.Candidate.Calls(Isl.Validate));
        Assert.Equal("the candidate refuses every credential", (string?)report["stopped"]);
        Assert.False((bool)report["passed"]!);
    }

    [Fact]
    public async Task Questions_OfACallerWhoseKeyIsNotKnown_AreComparedWhereNoneIsNeeded()
    {
        await using var comparison = await Comparison.StartAsync(["plot", "other"], "Warming:Credentials=other");
        await comparison.AskBothAsync("X-API-Key: plot");
        var withKeys = (await comparison.CompareAsync("\"send_credentials\":true"))[^1];
        comparison.Candidate.Update(knobs => knobs with { ApiKeys = [] });
        var without = (await comparison.CompareAsync())[^1];

        Assert.Equal(1, (int)Comparison.Endpoint(withKeys, Isl.Validate)["not_compared_because"]!["no-credential"]!);
        Assert.Equal((2, true), ((int)without["equal"]!, (bool)without["passed"]!));
    }

    [Fact]
    public async Task Candidate_ThatAsksForAPause_IsAskedAgainAfterIt()
    {
        await using var comparison = await Comparison.StartAsync("Warming:Concurrency=1");
        await comparison.AskBothAsync();
        comparison.Candidate.Fail(503, count: 1, Isl.Validate);
        var comparing = comparison.CompareAsync();
        await Eventually.TrueAsync(() => comparison.Candidate.Calls(Isl.Validate) == 1, Soon, "the candidate is asked");
        await comparison.Rig.IsPolledAsync();
        Assert.False(comparing.IsCompleted);

        await Eventually.TrueAsync(
            async () =>
            {
                comparison.Rig.Gateway.Time.Pass(TimeSpan.FromSeconds(31));
                await comparison.Rig.IsPolledAsync();
                return comparison.Candidate.Calls(Isl.Validate) > 1;
            },
            Soon, "the pause is over");

        Assert.Equal((2, true), ((int)(await comparing)[^1]["equal"]!, (bool)(await comparing)[^1]["passed"]!));
        Assert.Equal(2, comparison.Candidate.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Budget_OfWarming_HoldsForTheCandidateToo()
    {
        await using var comparison = await Comparison.StartAsync("Warming:CallsPerMinute=3");
        await comparison.AskAsync(5);

        var comparing = comparison.CompareAsync();
        await Eventually.TrueAsync(() => comparison.Candidate.Calls(Isl.Validate) == 3, Soon, "the candidate is asked");
        await comparison.Rig.IsPolledAsync();
        Assert.Equal((false, 3), (comparing.IsCompleted, comparison.Candidate.Calls(Isl.Validate)));

        comparison.Rig.Gateway.Time.Pass(TimeSpan.FromSeconds(60));
        Assert.Equal(5, (int)(await comparing)[^1]["equal"]!);
    }

    [Fact]
    public async Task Isl_ThatChangesMeanwhile_EndsIt()
    {
        await using var comparison = await Comparison.StartAsync("Warming:Concurrency=1");
        await comparison.AskAsync(5);
        comparison.Candidate.Hang();
        var comparing = comparison.CompareAsync();
        await Eventually.TrueAsync(() => comparison.Candidate.Calls(Isl.Validate) == 1, Soon, "the candidate is asked");
        comparison.Rig.Sim.Build = "sim-0009";
        await comparison.Rig.KnowsEpochAsync();
        comparison.Candidate.ReleaseHang();

        var report = (await comparing)[^1];
        Assert.Equal("the configuration of the present ISL has changed meanwhile", (string?)report["stopped"]);
        Assert.Equal(1, comparison.Candidate.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Gateway_ThatStops_EndsItWithAReport()
    {
        await using var comparison = await Comparison.StartAsync("Logging:LogLevel:IslGateway.Workflows=Information");
        using var logs = RecordedLogs.Of(comparison.Rig.Gateway);
        await comparison.AskBothAsync();
        comparison.Candidate.Hang();
        var comparing = comparison.CompareAsync();
        await Eventually.TrueAsync(() => comparison.Candidate.TotalCalls == 1, Soon, "the candidate is asked");

        comparison.Rig.Gateway.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        Assert.Equal("the gateway stops", (string?)(await comparing)[^1]["stopped"]);
        Assert.Contains(logs.Lines, line => line.Contains("stopped before the last question: the gateway stops", StringComparison.Ordinal));
    }
}
