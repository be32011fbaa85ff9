using System.Globalization;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>What ISL was spared and what it was asked for: each second once, from the very answer that was served.</summary>
public sealed class SavingsTests
{
    /// <summary>Half of the last digit that statistics show, for each figure of a sum.</summary>
    private const double Rounding = 0.00002;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task SavedAndSpent_OverAMissHitsCollapsedStaleRefreshAndSentinel_AddUp()
    {
        await using var rig = await Rig.StartAsync(
            "Sentinel:Share=1", "Sentinel:MaxCallsPerMinute=1", "Cache:Jitter=0", "Cache:RefreshAhead=0.2", "Cache:StaleAfter=off",
            "Endpoints:CausalValidate:Ttl=100s", "Isl:EpochMaxAge=1h", "Credentials:Recheck=1h");
        rig.Sim.Delay = TimeSpan.FromMilliseconds(20);

        var missed = await AskAsync(rig, Isl.Validate, Isl.ValidateBody, "fwd=miss; stored");
        for (var i = 0; i < 9; i++) await AskAsync(rig, Isl.Validate, Isl.ValidateBody, "detail=memory");
        await CallsAsync(rig, "sentinel", 1);
        rig.Gateway.Reload("Sentinel:Share", "0");
        Near(9 * missed, (await StatsAsync(rig, Isl.Validate)).Saved);

        rig.Sim.Hang(Isl.Counterfactual);
        var leader = AskAsync(rig, Isl.Counterfactual, Isl.CounterfactualBody, "fwd=miss; stored");
        await rig.CallsReachAsync(Isl.Counterfactual, 1);
        var followers = Enumerable.Range(0, 5)
            .Select(_ => AskAsync(rig, Isl.Counterfactual, Isl.CounterfactualBody, "collapsed")).ToArray();
        await rig.HoldsAsync(6);
        rig.Sim.ReleaseHang();
        var led = await leader;
        await Task.WhenAll(followers);
        await CountedAsync(rig, Isl.Counterfactual, 6);
        var counterfactual = await StatsAsync(rig, Isl.Counterfactual);
        Near(5 * led, counterfactual.Saved);
        Near(led, counterfactual.Spent);
        Assert.Equal(1, counterfactual.Calls);

        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(85));
        await AskAsync(rig, Isl.Validate, Isl.ValidateBody, "detail=memory");
        await CallsAsync(rig, "refresh", 1);
        await CountedAsync(rig, Isl.Validate, 11);
        var refreshed = await StatsAsync(rig, Isl.Validate);
        Near(10 * missed, refreshed.Saved);

        // Past its freshness, and ISL fails twice: what it was asked for is spent, and nothing is saved.
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(101));
        rig.Sim.Fail(502, path: Isl.Validate);
        await AskAsync(rig, Isl.Validate, Isl.ValidateBody, "detail=stale");
        await CallsAsync(rig, "retry", 1);
        await CountedAsync(rig, Isl.Validate, 12);
        var validate = await StatsAsync(rig, Isl.Validate);
        Near(refreshed.Saved, validate.Saved);
        Assert.True(validate.Spent > refreshed.Spent);

        var savings = (await ReportAsync(rig)).GetProperty("savings");
        var purposes = savings.GetProperty("by_purpose").EnumerateObject().Where(purpose => purpose.Name != "poll").ToDictionary(
            purpose => purpose.Name,
            purpose => (Calls: purpose.Value.GetProperty("calls").GetInt32(), Seconds: purpose.Value.GetProperty("seconds").GetDouble()));
        Assert.Equal(purposes.Values.Sum(one => one.Calls), savings.GetProperty("calls").GetInt32());
        Near(purposes.Values.Sum(one => one.Seconds), savings.GetProperty("spent_seconds").GetDouble());

        // What the test itself asked while it waited.
        Assert.True(purposes.Remove("pass"));
        Assert.Equal(
            [("fill", 3), ("refresh", 1), ("retry", 1), ("sentinel", 1)], purposes.Select(one => (one.Key, one.Value.Calls)).Order());
        Assert.Equal(rig.Sim.Calls(Isl.Validate) + rig.Sim.Calls(Isl.Counterfactual), purposes.Values.Sum(one => one.Calls));
        Near(validate.Spent + counterfactual.Spent, purposes.Values.Sum(one => one.Seconds));
        Near((10 * missed) + (5 * led), savings.GetProperty("saved_seconds").GetDouble());

        // The same in metrics.
        var metrics = await Exposition.OfAsync(rig.Gateway);
        Near(validate.Spent, metrics.Sum("isl_gateway_spent_seconds_total", $"endpoint=\"{Isl.Validate}\""));
        Near(validate.Saved, metrics[$$"""isl_gateway_saved_seconds_total{endpoint="{{Isl.Validate}}"}"""]);
        Assert.Equal(1, metrics[$$"""isl_gateway_upstream_calls_total{endpoint="{{Isl.Validate}}",purpose="retry"}"""]);
        Assert.True(metrics["""isl_gateway_upstream_calls_total{endpoint="other",purpose="poll"}"""] > 0);
    }

    [Fact]
    public async Task CallsPastTheCache_AndProbes_AreCountedByTheirPurpose()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = ["good", "other"] }, "Cache:CredentialScope=Shared");
        (await rig.PostAsync(Isl.Teach, "{}", "X-API-Key: good")).Dispose();
        (await rig.PostAsync("/api/v1/nothing", "{}", "X-API-Key: good")).Dispose();
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: good")).Dispose();
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: other")).Dispose();

        await CallsAsync(rig, "probe", 1);
        await CountedAsync(rig, Isl.Validate, 2);
        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal(1, metrics[$$"""isl_gateway_upstream_calls_total{endpoint="{{Isl.Teach}}",purpose="pass"}"""]);
        Assert.Equal(1, metrics["""isl_gateway_upstream_calls_total{endpoint="other",purpose="pass"}"""]);
        Assert.Equal(1, metrics["""isl_gateway_upstream_calls_total{endpoint="other",purpose="probe"}"""]);
        Assert.Equal(1, metrics.Sum("isl_gateway_upstream_calls_total", $"endpoint=\"{Isl.Validate}\""));
    }

    /// <summary>Sends a request, and returns how long ISL took for it, in seconds.</summary>
    private static async Task<double> AskAsync(Rig rig, string path, string body, string ending)
    {
        using var answer = await rig.PostAsync(path, body);
        Assert.EndsWith(ending, answer.CacheStatus(), StringComparison.Ordinal);
        var part = answer.Headers.GetValues("Server-Timing").Single().Split(", ")
            .Single(one => one.StartsWith("isl;dur=", StringComparison.Ordinal));
        return double.Parse(part["isl;dur=".Length..], CultureInfo.InvariantCulture) / 1_000;
    }

    private static void Near(double expected, double actual) => Assert.InRange(actual, expected - Rounding, expected + Rounding);

    private static Task CallsAsync(Rig rig, string purpose, int calls) => Eventually.TrueAsync(
        async () => (await Exposition.OfAsync(rig.Gateway)).Sum("isl_gateway_upstream_calls_total", $"purpose=\"{purpose}\"") == calls,
        Soon, $"{calls} calls are counted as {purpose}");

    private static Task CountedAsync(Rig rig, string path, int requests) => Eventually.TrueAsync(
        async () => (await Exposition.OfAsync(rig.Gateway))[$$"""plot_isl_latency_seconds_count{endpoint="{{path}}"}"""] == requests,
        Soon, $"{requests} requests are counted");

    private static async Task<(double Saved, double Spent, int Calls)> StatsAsync(Rig rig, string path)
    {
        var endpoint = (await ReportAsync(rig)).GetProperty("endpoints").EnumerateArray()
            .Single(one => one.GetProperty("endpoint").GetString() == path);
        var upstream = endpoint.GetProperty("upstream");
        return (endpoint.GetProperty("saved_seconds").GetDouble(), upstream.GetProperty("seconds").GetDouble(),
            upstream.GetProperty("calls").GetInt32());
    }

    private static async Task<JsonElement> ReportAsync(Rig rig)
    {
        using var document = JsonDocument.Parse(
            await rig.Gateway.ManagementClient.GetStringAsync("/api/stats", TestContext.Current.CancellationToken));
        return document.RootElement.Clone();
    }
}
