using IslGateway.Caching.Epochs;
using IslGateway.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Epochs;

public sealed class QuarantineTests : IDisposable
{
    private static readonly Epoch Old = new("f", "1", "b1");
    private static readonly Epoch New = new("f", "1", "b2");

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly ReplicaRegistry _replicas;
    private readonly Quarantine _quarantine;

    public QuarantineTests()
    {
        _replicas = new ReplicaRegistry(new FixedReplicas("r1", "r2"), _settings.Monitor, _time);
        _quarantine = new Quarantine(_replicas, _settings.Table, _metrics);
        Poll("r1", Old);
        Poll("r2", Old);
    }

    [Fact]
    public void Holds_RowAndEpoch_ThatRowAlone()
    {
        Assert.False(_quarantine.Holds(_settings.Row("CausalValidate")));

        Assert.True(_quarantine.Add(_settings.Row("CausalValidate"), Of(Old)));

        Assert.True(_quarantine.Holds(_settings.Row("CausalValidate")));
        Assert.False(_quarantine.Holds(_settings.Row("CausalCounterfactual")));
    }

    [Fact]
    public void Add_Twice_SaysSo()
    {
        Assert.True(_quarantine.Add(_settings.Row("CausalValidate"), Of(Old)));
        Assert.False(_quarantine.Add(_settings.Row("CausalValidate"), Of(Old)));
        Assert.True(_quarantine.Add(_settings.Row("CausalValidate"), Of(New)));
    }

    [Fact]
    public void Holds_UntilNoReplicaReportsTheEpoch()
    {
        var row = _settings.Row("CausalValidate");
        _quarantine.Add(row, Of(Old));

        Poll("r1", New);
        Assert.True(_quarantine.Holds(row));
        Poll("r2", New);
        Assert.False(_quarantine.Holds(row));
        Poll("r1", Old);
        Assert.True(_quarantine.Holds(row));
    }

    [Fact]
    public void Holds_AnotherGeneration_NoMore()
    {
        var row = _settings.Row("CausalValidate");
        _quarantine.Add(row, Of(Old));

        _settings.Reload("Cache:Generation", "2");

        Assert.False(_quarantine.Holds(row));
    }

    [Fact]
    public void Add_MoreThanItHolds_ForgetsTheOldest()
    {
        var row = _settings.Row("CausalValidate");
        _quarantine.Add(row, Of(Old));
        for (var i = 0; i < 1_023; i++) _quarantine.Add(row, Of(new Epoch("f", "1", $"other-{i}")));
        Assert.True(_quarantine.Holds(row));

        _quarantine.Add(row, Of(New));

        Assert.False(_quarantine.Holds(row));
        Poll("r1", New);
        Assert.True(_quarantine.Holds(row));
    }

    [Fact]
    public async Task Metric_DeterministicRows_AreZeroOrOne()
    {
        _quarantine.Add(_settings.Row("CausalValidate"), Of(Old));

        using var text = new MemoryStream();
        await _metrics.Registry.CollectAndExportAsTextAsync(text, TestContext.Current.CancellationToken);
        var exported = System.Text.Encoding.UTF8.GetString(text.ToArray());

        Assert.Contains("isl_gateway_quarantined{endpoint=\"/api/v1/causal/validate\"} 1", exported, StringComparison.Ordinal);
        Assert.Contains("isl_gateway_quarantined{endpoint=\"/api/v1/causal/counterfactual\"} 0", exported, StringComparison.Ordinal);
        Assert.DoesNotContain("isl_gateway_quarantined{endpoint=\"/api/v1/preferences/elicit\"}", exported, StringComparison.Ordinal);
    }

    public void Dispose() => _settings.Dispose();

    private void Poll(string id, Epoch epoch) =>
        _replicas.Replicas.Single(r => r.Id == id).Report(epoch, _time.GetTimestamp(), TimeSpan.FromMinutes(1));

    private IslGateway.Content.Digest Of(Epoch epoch) => epoch.DigestWith(_settings.Monitor.Current.Cache.Generation);
}
