using System.Diagnostics;
using System.Text;
using IslGateway.Telemetry;

namespace IslGateway.UnitTests.Telemetry;

/// <summary>The latency's exemplar names a trace that somebody records, and no other.</summary>
public sealed class LatencyExemplarTests
{
    private const string CallersTrace = "0af7651916cd43dd8448eb211c80319c";

    private readonly GatewayMetrics _metrics = new();

    public LatencyExemplarTests() => _metrics.AddEndpoint("/a", cacheable: true);

    [Theory]
    [InlineData($"00-{CallersTrace}-b7ad6b7169203331-01", true)]
    [InlineData($"00-{CallersTrace}-b7ad6b7169203331-00", false)]
    [InlineData("no trace", false)]
    [InlineData(null, false)]
    public async Task Observe_WithoutASpan_NamesTheCallersTraceIfItIsRecorded(string? traceParent, bool isNamed)
    {
        Observe(traceParent);
        Assert.Equal(isNamed, (await ExpositionAsync()).Contains($"trace_id=\"{CallersTrace}\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ActivityTraceFlags.Recorded, true)]
    [InlineData(ActivityTraceFlags.None, false)]
    public async Task Observe_InASpan_NamesItsTraceIfItIsRecorded(ActivityTraceFlags flags, bool isNamed)
    {
        using var span = new Activity("request") { ActivityTraceFlags = flags }.Start();

        Observe($"00-{CallersTrace}-b7ad6b7169203331-01");

        var exposition = await ExpositionAsync();
        Assert.Equal(isNamed, exposition.Contains($"trace_id=\"{span.TraceId}\"", StringComparison.Ordinal));
        Assert.DoesNotContain(CallersTrace, exposition, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Observe_ManyThatAreNotRecorded_LeaveTheirTurnToOneThatIs()
    {
        for (var i = 0; i < 10; i++) Observe($"00-{CallersTrace}-b7ad6b7169203331-00");
        Observe($"00-{CallersTrace}-b7ad6b7169203331-01");

        Assert.Contains($"trace_id=\"{CallersTrace}\"", await ExpositionAsync(), StringComparison.Ordinal);
    }

    private void Observe(string? traceParent) => _metrics.Endpoint("/a").Observe(
        200, "stored", hit: false, TimeSpan.FromSeconds(1), default, default, traceParent: traceParent);

    private async Task<string> ExpositionAsync()
    {
        using var text = new MemoryStream();
        await _metrics.Registry.CollectAndExportAsTextAsync(
            text, Prometheus.ExpositionFormat.OpenMetricsText, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
