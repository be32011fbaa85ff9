using System.Net;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>What operators learn of single requests: those that were slow or failed, and all of them where that is switched on.</summary>
public sealed class SlowRequestTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string TraceParent = $"traceparent: 00-{Trace}-b7ad6b7169203331-01";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task SlowRequests_AreListedSlowestFirstWithWhatTheyWaitedFor()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxConcurrentUpstream=1", "Telemetry:SlowestRequests=3");
        rig.Sim.Hang(Isl.Validate);
        var first = rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: first");
        await rig.CallsReachAsync(Isl.Validate, 1);
        var queued = rig.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, "X-Request-Id: queued", TraceParent);
        await Eventually.TrueAsync(
            async () => (await Exposition.OfAsync(rig.Gateway))["isl_gateway_queue_length"] == 1, Soon, "one call is queued");
        rig.Sim.ReleaseHang();
        (await first).Dispose();
        (await queued).Dispose();
        for (var i = 0; i < 5; i++) (await rig.PostAsync(Isl.Validate, Isl.ValidateBody, $"X-Request-Id: hit-{i}")).Dispose();
        (await rig.PostAsync("/api/v1/nothing", "{}")).Dispose();

        var requests = await SlowAsync(rig, "", 5);

        var durations = requests.Select(one => one.GetProperty("duration_seconds").GetDouble()).ToArray();
        Assert.Equal(durations.OrderDescending(), durations);
        var waited = requests.Single(one => Text(one, "request_id") == "queued");
        Assert.Equal(
            (Isl.Counterfactual, "CausalCounterfactual", Trace, "IslGateway; fwd=miss; stored"),
            (Text(waited, "endpoint"), Text(waited, "name"), Text(waited, "trace_id"), Text(waited, "cache_status")));
        Assert.Equal(200, waited.GetProperty("status").GetInt32());
        var (whole, isl, queue) =
            (Seconds(waited, "duration_seconds"), Seconds(waited, "upstream_seconds"), Seconds(waited, "queue_seconds"));
        Assert.True(queue > 0 && isl > 0 && whole >= queue + isl, $"{whole} {isl} {queue}");
        Assert.EndsWith("Z", Text(waited, "at"), StringComparison.Ordinal);
        var other = requests.Single(one => Text(one, "endpoint") == "other");
        Assert.Equal(
            (JsonValueKind.Null, JsonValueKind.Null), (other.GetProperty("name").ValueKind, other.GetProperty("trace_id").ValueKind));

        // Three of an endpoint are kept: the slowest, so the miss is among them.
        var ofValidate = await SlowAsync(rig, "?endpoint=CausalValidate", 3);
        Assert.Equal("first", Text(ofValidate[0], "request_id"));
        Assert.Equal(3, (await SlowAsync(rig, $"?endpoint={Isl.Validate}", 3)).Count);
        Assert.Equal("first", Text(Assert.Single(await SlowAsync(rig, "?endpoint=CausalValidate&limit=1", 1)), "request_id"));
        Assert.Single(await SlowAsync(rig, "?endpoint=other", 1));
    }

    [Fact]
    public async Task SlowRequests_LongerAgoThanTheyAreKept_AreGone()
    {
        await using var rig = await Rig.StartAsync("Telemetry:SlowestRequestsFor=1m");
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        await SlowAsync(rig, "", 1);

        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(61));

        await SlowAsync(rig, "", 0);
    }

    [Theory]
    [InlineData("?endpoint=Nothing", "'Nothing' is neither the name nor the path of an endpoint. There are ")]
    [InlineData("?limit=0", "limit must be a whole number from 1 to ")]
    [InlineData("?limit=many", "limit must be a whole number from 1 to ")]
    [InlineData("?limit=1&limit=2", "limit is given twice.")]
    [InlineData("?top=5", "'top' is no parameter: there are endpoint and limit.")]
    public async Task SlowRequests_AskedForWrongly_SaysWhatIsWrong(string query, string detail)
    {
        await using var rig = await Rig.StartAsync();

        using var answer = await rig.Gateway.ManagementClient.GetAsync(
            new Uri("/api/requests/slow" + query, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.TextAsync());
        Assert.StartsWith(detail, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_OfASlowAndAFailedRequest_SaysWhatItWaitedFor()
    {
        await using var rig = await Rig.StartAsync(
            "Telemetry:SlowRequestThreshold=100ms", "Endpoints:CausalValidate:LatencyTarget=1ms",
            "Endpoints:CausalCounterfactual:LatencyTarget=1h");
        using var logs = RecordedLogs.Of(rig.Gateway);
        rig.Sim.Delay = TimeSpan.FromMilliseconds(150);
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: slow-one", TraceParent)).Dispose();
        (await rig.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, "X-Request-Id: within-target")).Dispose();
        rig.Sim.Fail(500);
        (await rig.PostAsync(Isl.Teach, "{}", "X-Request-Id: failed-one")).Dispose();

        await Eventually.TrueAsync(() => RequestLines(logs).Length == 2, Soon, "two requests are logged");

        var lines = RequestLines(logs);
        Assert.Matches(
            $"^Warning IslGateway.Edge.RequestLog: Slow: slow-one {Isl.Validate} 200 IslGateway; fwd=miss; stored in [0-9.]+ ms, "
            + $"ISL [0-9.]+ ms, queue [0-9.]+ ms, trace {Trace} $", lines[0]);
        Assert.StartsWith(
            $"Warning IslGateway.Edge.RequestLog: Failed: failed-one {Isl.Teach} 500 "
            + "IslGateway; fwd=bypass; fwd-status=500; detail=endpoint-not-cached in ", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("trace  ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_OfAStorm_IsBoundedAndSaysHowManyItLeftOut()
    {
        var rig = await Rig.StartAsync("Telemetry:RequestLinesPerMinute=3", "Telemetry:SlowRequestThreshold=1h");
        var logs = RecordedLogs.Of(rig.Gateway);
        rig.Sim.Fail(500);
        for (var i = 0; i < 10; i++) (await rig.PostAsync(Isl.Teach, "{}")).Dispose();
        await CountedAsync(rig, Isl.Teach, 10);

        Assert.Equal(3, RequestLines(logs).Length);
        await rig.DisposeAsync();
        Assert.Contains(
            RequestLines(logs), line => line.Contains("7 more requests were failed within a minute", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AccessLog_SwitchedOnAndOffWhileItRuns_HasALineForEachRequest()
    {
        await using var rig = await Rig.StartAsync("Logging:LogLevel:IslGateway.Edge=Information", "Telemetry:SlowRequestThreshold=1h");
        using var logs = RecordedLogs.Of(rig.Gateway);
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        rig.Gateway.Reload("Telemetry:AccessLog", "true");
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: a-hit")).Dispose();
        await CountedAsync(rig, Isl.Validate, 2);
        rig.Gateway.Reload("Telemetry:AccessLog", "false");
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        await CountedAsync(rig, Isl.Validate, 3);

        Assert.Matches(
            $"^Information IslGateway.Edge.RequestLog: a-hit {Isl.Validate} 200 IslGateway; hit; ttl=[0-9]+; detail=memory in ",
            Assert.Single(RequestLines(logs)));
    }

    private static string[] RequestLines(RecordedLogs logs) =>
        [.. logs.Lines.Where(line => line.Contains("IslGateway.Edge.RequestLog", StringComparison.Ordinal))];

    private static Task CountedAsync(Rig rig, string path, int requests) => Eventually.TrueAsync(
        async () => (await Exposition.OfAsync(rig.Gateway))[$$"""plot_isl_latency_seconds_count{endpoint="{{path}}"}"""] == requests,
        Soon, $"{requests} requests are counted");

    /// <summary>The listed requests, once there are so many: the last may be on its way yet.</summary>
    private static async Task<IReadOnlyList<JsonElement>> SlowAsync(Rig rig, string query, int count)
    {
        IReadOnlyList<JsonElement> requests = [];
        await Eventually.TrueAsync(
            async () =>
            {
                using var document = JsonDocument.Parse(await rig.Gateway.ManagementClient.GetStringAsync(
                    "/api/requests/slow" + query, TestContext.Current.CancellationToken));
                requests = [.. document.RootElement.GetProperty("requests").EnumerateArray().Select(one => one.Clone())];
                return requests.Count == count;
            },
            Soon, $"{count} requests are listed");
        return requests;
    }

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();

    private static double Seconds(JsonElement element, string member) => element.GetProperty(member).GetDouble();
}
