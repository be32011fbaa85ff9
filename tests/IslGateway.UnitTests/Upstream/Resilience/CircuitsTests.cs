using IslGateway.Content;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching;
using IslGateway.Upstream;
using IslGateway.Upstream.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Upstream.Resilience;

public sealed class CircuitsTests : IDisposable
{
    private readonly LiveSettings _settings = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly Circuits _circuits;

    private readonly FakeTimeProvider _time = new();

    public CircuitsTests() => _circuits = new Circuits(_settings.Monitor, _metrics, _time, NullLogger<Circuits>.Instance);

    public void Dispose() => _settings.Dispose();

    [Theory]
    [InlineData("CausalValidate", "causal")]
    [InlineData("CausalCounterfactualBatch", "causal")]
    [InlineData("PreferencesElicit", "preferences")]
    [InlineData("Contrastive", "contrastive")]
    public void Family_OfARow_IsTheFirstSegmentAfterTheApi(string row, string family) =>
        Assert.Equal(family, _settings.Row(row).Family);

    [Fact]
    public async Task RefusedFor_SomeReplicas_OnlyWhenAllAreOpenForThatFamily()
    {
        await OpenAsync("r1", "causal");
        Assert.Null(_circuits.RefusedFor(["r1", "r2"], "causal"));
        Assert.Null(_circuits.RefusedFor(["r1"], "analysis"));
        Assert.Null(_circuits.RefusedFor([], "causal"));
        Assert.NotNull(_circuits.RefusedFor(["r1"], "causal"));
        await OpenAsync("r2", "causal");
        Assert.NotNull(_circuits.RefusedFor(["r1", "r2"], "causal"));
    }

    [Fact]
    public async Task Metrics_ReplicaThatIsGone_LeavesNoSeries()
    {
        await OpenAsync("r1", "causal");
        _circuits.Of("r2", "analysis");
        Assert.Equal(
            """
            r1 causal closed 0
            r1 causal half-open 0
            r1 causal open 1
            r2 analysis closed 1
            r2 analysis half-open 0
            r2 analysis open 0
            """, await SeriesAsync());

        _circuits.Retain(["r2"]);
        Assert.DoesNotContain("r1", await SeriesAsync(), StringComparison.Ordinal);
        Assert.Equal(["r2"], _circuits.Reports().Select(report => report.Replica));
    }

    [Fact]
    public async Task TakeAsync_ReplicaHasGoneMeanwhile_LeavesNoCircuit()
    {
        _circuits.Of("r1", "causal");
        _circuits.Retain(["r2"]);

        await FailAsync("r1", "causal");

        Assert.Empty(_circuits.Reports());
        Assert.True(_circuits.AreClosed);
    }

    [Fact]
    public async Task TakeAsync_FailuresOfAStranger_OpenACircuitForItAlone()
    {
        var (stranger, another) = (new Credential(Digest.Random()), new Credential(Digest.Random()));
        Assert.True(_circuits.MaySend("r1", "causal"));
        await FailAsync("r1", "causal", stranger);

        Assert.False(_circuits.MaySend("r1", "causal", stranger));
        Assert.NotNull(_circuits.RefusedFor(["r1"], "causal", stranger));
        Assert.True(_circuits.MaySend("r1", "causal", another));
        Assert.True(_circuits.MaySend("r1", "causal"));
        Assert.Null(_circuits.RefusedFor(["r1"], "causal"));
        Assert.True(_circuits.AreClosed);
        Assert.False(_circuits.IsSuspect("r1", null));
        Assert.Equal("closed", Assert.Single(_circuits.Reports()).State);

        _time.Advance(TimeSpan.FromSeconds(2));
        var probe = Assert.IsType<CircuitProbe>(_circuits.TryProbe("r1", "causal", stranger));
        await _circuits.TakeAsync("r1", "causal", Digest.Random(), CallVerdict.Healthy, probe, stranger);
        Assert.True(_circuits.MaySend("r1", "causal", stranger));
    }

    [Fact]
    public async Task MaySend_CircuitThatIsOpenForAll_HoldsForStrangersWhoNeitherProbeItNorKeepItOpen()
    {
        var stranger = new Credential(Digest.Random());
        await OpenAsync("r1", "causal");
        Assert.False(_circuits.MaySend("r1", "causal", stranger));
        Assert.NotNull(_circuits.RefusedFor(["r1"], "causal", stranger));

        for (var call = 0; call < 5; call++)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            Assert.Null(_circuits.TryProbe("r1", "causal", stranger));
            Assert.True(_circuits.MaySend("r1", "causal", stranger));
            await _circuits.TakeAsync("r1", "causal", Digest.Random(), CallVerdict.Failing, probe: null, stranger);
        }

        Assert.NotNull(_circuits.TryProbe("r1", "causal"));
    }

    [Fact]
    public async Task Reports_CallersWithoutACredential_AreTold()
    {
        var nobody = new Credential(Digest.Random()) { IsAnonymous = true };
        _circuits.Of("r1", "causal");
        await FailAsync("r1", "causal", nobody);
        Assert.Equal(("open", 20), (Assert.Single(_circuits.Reports()).State, _circuits.Reports()[0].FailingKeys));
        Assert.True(_circuits.MaySend("r1", "causal"));

        _circuits.Retain([]);
        Assert.Empty(_circuits.Reports());
    }

    private Task OpenAsync(string replica, string family)
    {
        _circuits.Of(replica, family);
        return FailAsync(replica, family);
    }

    private async Task FailAsync(string replica, string family, Credential? stranger = null)
    {
        for (var i = 0; i < 20; i++)
            await _circuits.TakeAsync(replica, family, Digest.Random(), CallVerdict.Failing, probe: null, stranger);
    }

    private async Task<string> SeriesAsync()
    {
        using var text = new MemoryStream();
        await _metrics.Registry.CollectAndExportAsTextAsync(text, TestContext.Current.CancellationToken);
        return string.Join('\n', _metrics.CircuitState.GetAllLabelValues()
            .Select(labels => $"{string.Join(' ', labels)} {_metrics.CircuitState.WithLabels(labels).Value}")
                .Order(StringComparer.Ordinal));
    }
}
