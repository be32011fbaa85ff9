using System.Globalization;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Documentation;
using IslGateway.Upstream.Resilience;

namespace IslGateway.UnitTests.Telemetry;

/// <summary>How many series a gateway can come to, whatever callers and ISL do: a number that a Prometheus can be sized by.</summary>
public sealed class SeriesBudgetTests
{
    /// <summary>For the shipped table and up to four replicas, as the reference says.</summary>
    private const int Budget = 15_000;

    private static readonly string[] SchemaResults = ["valid", "refused", "unchecked", "passed", "contradicted"];

    private readonly GatewayMetrics _metrics = new();

    [Fact]
    public async Task EverythingThatCanHappen_HasHappenedEverywhere_StaysWithinTheBudget()
    {
        var rows = ShippedEndpoints.Rows;
        string[] endpoints = [.. rows.Select(row => row.Path).Append(EndpointTable.Other).Distinct()];
        _metrics.AddEndpoint(EndpointTable.Other, cacheable: false);
        foreach (var row in rows)
        {
            _metrics.AddEndpoint(row.Path, row.IsCacheable);
            _metrics.AddLatencyTarget(row.Path, TimeSpan.FromSeconds(1));
        }

        foreach (var endpoint in endpoints.Select(_metrics.Endpoint)) Exhaust(endpoint);
        foreach (var endpoint in endpoints)
        {
            foreach (var result in (string[])["equal", "different", "miss"]) _metrics.Observed.WithLabels(endpoint, result).Inc();
            foreach (var result in (string[])["equal", "different", "inconclusive"]) _metrics.CountSentinelCheck(endpoint, result);
            foreach (var result in SchemaResults) _metrics.CountSchemaCheck(endpoint, result);
            foreach (var purpose in Enum.GetValues<CallPurpose>()) _metrics.CountCall(endpoint, purpose, TimeSpan.FromSeconds(1));
            foreach (var result in (string[])["warmed", "known", "failed"]) _metrics.CountWarmed(endpoint, result);
        }

        string[] replicas = ["isl-1", "isl-2", "isl-3", "isl-4"];
        _metrics.ReportQuarantine(endpoints.Select(endpoint => (endpoint, true)));
        _metrics.ReportEpochs([.. replicas.Select(id => (id, (string?)"f", (string?)"v", (string?)"b"))], default, default);
        _metrics.ReportCircuits(
            from replica in replicas
            from family in rows.Select(row => row.Family).Distinct()
            from state in CircuitReport.States
            select (replica, family, state, true));
        _metrics.ReportMode(CacheMode.On);
        _metrics.ReportSchemas(endpoints.Select(endpoint => (endpoint, true)));
        _metrics.ReportPool(1, 1, 1);
        _metrics.ReportRateLimit((1, 2));

        var series = await SeriesAsync();

        Assert.InRange(series, Budget / 2, Budget);
        Assert.Contains(
            $"at most {Budget.ToString("N0", CultureInfo.InvariantCulture)} series", Page.Reference.Text.Replace('\n', ' '),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Statuses_MoreThanAnEndpointMayName_ShareASeriesByWord()
    {
        _metrics.AddEndpoint("/a", cacheable: true);
        var endpoint = _metrics.Endpoint("/a");
        for (var status = 200; status < 200 + EndpointMetrics.MaxPairs; status++) Observe(endpoint, "stored", status);
        var before = await SeriesAsync();

        for (var status = 500; status < 900; status++) Observe(endpoint, "status-not-ok", status);
        Observe(endpoint, "stored", 200);

        Assert.Equal(before + 1, await SeriesAsync());
        Assert.Equal(400, _metrics.GatewayRequests.WithLabels("/a", "status-not-ok", "other").Value);
        Assert.Equal(2, _metrics.GatewayRequests.WithLabels("/a", "stored", "200").Value);
        Assert.Equal(400, endpoint.Tally().ByCache["status-not-ok"]);
    }

    private static void Exhaust(EndpointMetrics endpoint)
    {
        foreach (var word in ReasonWords.All.Concat(["stored", "collapsed"]))
        {
            for (var status = 100; status < 600; status++) Observe(endpoint, word, status);
        }

        endpoint.ObserveSizes(1, 1);
        endpoint.ObserveUpstream(TimeSpan.FromSeconds(1));
    }

    private static void Observe(EndpointMetrics endpoint, string word, int status) =>
        endpoint.Observe(status, word, hit: true, TimeSpan.FromSeconds(1), default, TimeSpan.FromSeconds(1), brokeOff: true);

    private async Task<int> SeriesAsync()
    {
        using var text = new MemoryStream();
        await _metrics.Registry.CollectAndExportAsTextAsync(text, TestContext.Current.CancellationToken);
        return System.Text.Encoding.UTF8.GetString(text.ToArray()).Split('\n').Count(line => line.Length > 0 && line[0] != '#');
    }
}
