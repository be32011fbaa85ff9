using System.Text;
using IslGateway.Endpoints;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Documentation;
using IslGateway.Workflows.Compare;

namespace IslGateway.UnitTests.Workflows.Compare;

public sealed class CompareReportTests
{
    private static readonly EndpointRow Row = ShippedEndpoints.Rows.Single(row => row.Name == "CausalValidate");
    private static readonly EndpointRow Other = ShippedEndpoints.Rows.Single(row => row.Name == "CausalCounterfactual");

    [Fact]
    public void Report_OfAllKinds_CountsEachPerEndpoint()
    {
        var report = Report(
            0.02, Compared(Row, "1", "1"), Compared(Row, "100", "101"), Compared(Row, "1", "2"),
            CompareResult.Failed(Row, CompareCause.StatusNotOk, 503), CompareResult.Failed(Row, CompareCause.StatusNotOk, 503),
            CompareResult.Failed(Row, CompareCause.TimedOut), CompareResult.NotCompared(Other, CompareCause.NoCredential));

        Assert.Equal(["/api/v1/causal/counterfactual", "/api/v1/causal/validate"], report.Endpoints.Select(one => one.Row.Path));
        var validate = report.Endpoints[1];
        Assert.Equal((1, 2, 1), (validate.Equal, validate.Different, validate.BeyondTolerance));
        Assert.Equal(new Dictionary<string, long> { ["status-503"] = 2, ["timed-out"] = 1 }, validate.Failed);
        Assert.Equal(new Dictionary<string, long> { ["no-credential"] = 1 }, report.Endpoints[0].NotCompared);
        Assert.Equal((1, 2, 1, 3, 1), (report.Equal, report.Different, report.BeyondTolerance, report.Failed, report.NotCompared));
        Assert.Equal(0.5, validate.LargestChange);
        Assert.Equal(3, validate.Then!.Count);
        Assert.Null(report.Endpoints[0].Now);
    }

    [Fact]
    public void Passed_OnlyIf_SomethingWasComparedToTheEndAndNothingIsBeyond()
    {
        Assert.True(Report(0, Compared(Row, "1", "1")).Passed);
        Assert.True(Report(0.5, Compared(Row, "1", "2")).Passed);
        Assert.False(Report(0.49, Compared(Row, "1", "2")).Passed);
        Assert.False(Report(2, Compared(Row, "1", "\"2\"")).Passed);
        Assert.False(Report(0, Compared(Row, "1", "1"), CompareResult.Failed(Row, CompareCause.BrokeOff)).Passed);
        Assert.True(Report(0, Compared(Row, "1", "1"), CompareResult.NotCompared(Row, CompareCause.NotStored)).Passed);
        Assert.False(Report(0, CompareResult.NotCompared(Row, CompareCause.NotStored)).Passed);
        Assert.False(Report(0).Passed);
        Assert.False((Report(0, Compared(Row, "1", "1")) with { Stopped = "the gateway stops" }).Passed);
    }

    [Fact]
    public void Places_OfSeveralAnswers_AreOneWhereTheyDifferOnlyInTheirNumbersInLists()
    {
        var endpoint = Assert.Single(Report(
            0,
            Compared(Row, """{"l":[1,2],"a":1}""", """{"l":[2,2],"a":2}"""),
            Compared(Row, """{"l":[1,2],"a":4}""", """{"l":[1,8],"a":5}""")).Endpoints);

        Assert.Equal(
            [new("/l/*", DifferenceKind.Number, 2, 0.75), new EndpointDifference("/a", DifferenceKind.Number, 2, 0.5)],
            endpoint.Differences);
    }

    [Fact]
    public void Differences_ThatNoToleranceAllows_ComeFirst()
    {
        var endpoint = Assert.Single(Report(0, Compared(Row, """{"a":1,"b":1,"c":1}""", """{"a":1.1,"b":2,"c":"x"}""")).Endpoints);

        Assert.Equal(["/c", "/b", "/a"], endpoint.Differences.Select(difference => difference.Pointer));
    }

    [Fact]
    public void Places_OfManyAnswers_AreBounded()
    {
        var endpoint = Assert.Single(Report(
            0, [.. Enumerable.Range(0, 80).Select(n => Compared(Row, $$"""{"m{{n}}":1}""", $$"""{"m{{n}}":2}"""))]).Endpoints);

        Assert.Equal((80, 50, 30), (endpoint.Different, endpoint.Differences.Count, endpoint.More));
    }

    /// <summary>The words of the metric are there from the start: one that was not would be missed by the alert.</summary>
    [Fact]
    public void Words_OfAllResults_AreThoseOfTheMetric()
    {
        var words = from kind in Enum.GetValues<CompareKind>()
                    from isBeyond in (bool[])[false, true]
                    select new CompareProgress(1, 1, new CompareResult(Row, kind), isBeyond).Word;

        Assert.Equal(CompareMetrics.Results.Order(StringComparer.Ordinal), words.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal([CompareReport.OfCandidate, CompareReport.OfRollover], CompareMetrics.Kinds);
    }

    private static CompareReport Report(double tolerance, params CompareResult[] results)
    {
        var tally = new CompareTally(
            new CompareReport(CompareReport.OfCandidate, DateTimeOffset.UnixEpoch) { Tolerance = tolerance, Questions = results.Length });
        foreach (var result in results) tally.Add(result, _ => { });
        return tally.Report(TimeSpan.Zero, null);
    }

    private static CompareResult Compared(EndpointRow row, string then, string now) => CompareResult.Compared(
        row, DifferenceFinder.Find(Encoding.UTF8.GetBytes(then), Encoding.UTF8.GetBytes(now), ComparedPlaces.Of(row))!,
        TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
}
