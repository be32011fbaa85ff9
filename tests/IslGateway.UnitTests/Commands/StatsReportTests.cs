using System.Text.Json;
using IslGateway.Commands;
using IslGateway.Workflows.Rollover;

namespace IslGateway.UnitTests.Commands;

/// <summary>The guide's latency report and cache statistics, as an operator reads them.</summary>
public sealed class StatsReportTests
{
    private const string Stats = """
        {"version":"1.2.3","uptime_seconds":5400,"mode":"On",
         "epochs":[{"replica":"isl-1","address":"http://isl:8000","fingerprint":"cb0a8a533671","version":"1.0.0","build":"1234567",
                    "evidence_age_seconds":1.25,"trouble":null}],
         "tiers":{"memory":{"entries":1200,"bytes":3145728,"limit_bytes":268435456},"redis":{"state":"ok"}},
         "purges":{"pending":["all"]},
         "circuits":[{"replica":"isl-1","family":"causal","state":"open"},{"replica":"isl-1","family":"batch","state":"closed"}],
         "endpoints":[
           {"endpoint":"other","requests":0,"errors":0,"hits":0,"misses":0,"hit_ratio":null},
           {"endpoint":"/api/v1/teaching/teach","requests":3,"errors":0,"hits":0,"misses":0,"hit_ratio":null,"saved_seconds":0,
            "latency_target_seconds":null,
            "latency":{"count":3,"mean_seconds":1.5,"p50_seconds":1.4,"p95_seconds":2.25,"p99_seconds":2.3,"max_seconds":12.3456}},
           {"endpoint":"/api/v1/causal/validate","requests":1234,"errors":4,"hits":HITS,"misses":34,"hit_ratio":0.9724,
            "saved_seconds":90,"latency_target_seconds":0.1,
            "latency":{"count":1234,"mean_seconds":0.0123,"p50_seconds":0.00031,"p95_seconds":0.0499,"p99_seconds":0.6,"max_seconds":0.9}}]}
        """;

    [Fact]
    public void Of_Stats_IsTheGuidesReport()
    {
        var report = StatsReport.Of(Parse(1200), "http://localhost:8081");

        Assert.Equal(
            """
            IslGateway 1.2.3 at http://localhost:8081, mode On, up 90.0 min
              isl-1 http://isl:8000: configuration cb0a8a533671 (version 1.0.0, build 1234567), evidence 1.3 s old
              memory 1,200 entries, 3.0 of 256.0 MiB; Redis ok
              ⚠ circuit isl-1 causal: open
              ⚠ Redis has still to be told of purges: all

            Latency Report (ms, since the start):
              ENDPOINT                 REQUESTS  ERRORS  HIT RATE   MEAN    P50    P95    P99     MAX  TARGET P95
              /api/v1/causal/validate     1,234       4     97.2%   12.3   0.31   49.9    600     900         100  ✓
              /api/v1/teaching/teach          3       0         –  1,500  1,400  2,250  2,300  12,346           –

            Cache Statistics:
              Total requests: 1,234
              Hits:           1,200 (97.2%)
              Misses:         34
              ISL time saved: 90.0 s
              ✓ Hit rate meets target
            """.ReplaceLineEndings("\n"),
            report.ReplaceLineEndings("\n"));
    }

    /// <summary>Each outcome has words of its own; who has none yet is told by its name.</summary>
    [Theory]
    [InlineData("null", "Under way")]
    [InlineData("\"complete\"", "Complete")]
    [InlineData("\"epoch\"", "Ended early: ISL has changed again")]
    [InlineData("\"time\"", "⚠ Ended early: Rollover:MaxDuration was over; what is left comes back as callers ask it")]
    [InlineData("\"another\"", "Ended: another")]
    public void Of_Rollover_SaysFromWhereToWhereHowFarAndHowItEnded(string outcome, string words)
    {
        var rollover = """
            ,"rollover":{"from":null,"epoch":"new (version 2)","outcome":OUTCOME,"requests":1200,"warmed":900,"known":50,"failed":2,
            "left":248,"left_out":3},"previous_rollover":{"epoch":"old","outcome":"nobody"}
            """.Replace("OUTCOME", outcome, StringComparison.Ordinal);

        var report = StatsReport.Of(Parse(1200, rollover), "");

        Assert.Contains(
            $"""
            Rollover:
              an earlier ISL -> new (version 2)
              952 of 1,200 requests seen to: warmed 900, known 50, failed 2; left out 3, for want of a credential
              {words}
              The one before, to old: ⚠ Nothing was asked: no kept request belongs to a credential of Warming:Credentials
            """.ReplaceLineEndings("\n"),
            report.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    /// <summary>Every way in which one ends is told in words, here and on the page.</summary>
    [Fact]
    public void Outcomes_OfRollovers_AllHaveWords()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "src/IslGateway/Operations/Page/rollover.js"));
        var runbook = File.ReadAllText(Path.Combine(Repository.Root, "deploy/runbook/new-isl.md"));
        foreach (var outcome in Enum.GetValues<RolloverOutcome>().Select(RolloverWatch.WordOf))
        {
            var report = StatsReport.Of(Parse(1, $",\"rollover\":{{\"epoch\":\"e\",\"outcome\":\"{outcome}\"}}"), "");
            Assert.DoesNotContain("Ended: ", report, StringComparison.Ordinal);
            Assert.Contains($"    {outcome}: [", page, StringComparison.Ordinal);
            Assert.Contains($"`{outcome}`", runbook, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(22, "⚠ Hit rate below 40% target")]
    [InlineData(23, "✓ Hit rate meets target")]
    public void Of_HitRate_IsJudgedByTheGuidesTarget(int hits, string verdict) =>
        Assert.Contains(verdict, StatsReport.Of(Parse(hits), ""), StringComparison.Ordinal);

    [Fact]
    public void Of_AGatewayThatSaysLess_LeavesItOut()
    {
        using var stats = JsonDocument.Parse("""{"endpoints":[{"endpoint":"/a","requests":1}]}""");
        var report = StatsReport.Of(stats.RootElement, "");
        Assert.Contains("No requests to cached endpoints yet", report, StringComparison.Ordinal);
        Assert.Contains("  /a               1       0", report, StringComparison.Ordinal);
        Assert.Null(StatsReport.HitRateOf(stats.RootElement));
    }

    private static JsonElement Parse(int hits, string more = "")
    {
        using var stats = JsonDocument.Parse(Stats.Replace("HITS", $"{hits}", StringComparison.Ordinal)[..^1] + more + "}");
        return stats.RootElement.Clone();
    }
}
