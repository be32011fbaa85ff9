using IslGateway.Caching.Epochs;
using IslGateway.Workflows.Compare;

namespace IslGateway.Operations.Api;

/// <summary>What is said of a comparison; members are written under their own names.</summary>
internal static class CompareBody
{
    /// <summary>The line for one question.</summary>
    public static object Of(CompareProgress progress) => new
    {
        done_questions = progress.Done,
        questions = progress.Of,
        endpoint = progress.Result.Row.Path,
        result = Word(progress.Result.Kind),
        beyond_tolerance = progress.IsBeyond,
        reason = progress.Result.Word,
        largest_relative_change = progress.Result.Differences?.LargestChange,
    };

    /// <summary>What is under way, and the last report.</summary>
    public static object Of(CompareStatus status) => new
    {
        under_way = status.UnderWay is not var (begun, done) ? null : new
        {
            kind = begun.Kind,
            against = begun.Against,
            begun_at = begun.BegunAt.UtcDateTime,
            questions = begun.Questions,
            done_questions = done,
        },
        report = status.Reports is [var last, ..] ? Of(last) : null,
        earlier = status.Reports is [_, var other] ? Of(other) : null,
    };

    /// <summary>A report.</summary>
    public static object Of(CompareReport report) => new
    {
        kind = report.Kind,
        against = report.Against,
        begun_at = report.BegunAt.UtcDateTime,
        duration_seconds = Seconds(report.Took),
        tolerance = report.Tolerance,
        then = report.Then.Select(epoch => Of(epoch)),
        now = report.Now is { } now ? Of(now) : null,
        simulated = report.IsSimulated,
        same_epoch = report.Now is { } candidate && report.Then.Contains(candidate),
        questions = report.Questions,
        equal = report.Equal,
        different = report.Different,
        beyond_tolerance = report.BeyondTolerance,
        failed = report.Failed,
        not_compared = report.NotCompared,
        passed = report.Passed,
        stopped = report.Stopped,
        configuration = report.Configuration,
        endpoints = report.Endpoints.Select(Of),
    };

    private static object Of(Epoch epoch) => new { fingerprint = epoch.Fingerprint, version = epoch.Version, build = epoch.Build };

    private static object Of(EndpointReport endpoint) => new
    {
        endpoint = endpoint.Row.Path,
        name = endpoint.Row.Name,
        equal = endpoint.Equal,
        different = endpoint.Different,
        beyond_tolerance = endpoint.BeyondTolerance,
        failed = endpoint.Failed.Values.Sum(),
        failures = endpoint.Failed,
        not_compared = endpoint.NotCompared.Values.Sum(),
        not_compared_because = endpoint.NotCompared,
        largest_relative_change = endpoint.LargestChange,
        differences = endpoint.Differences.Select(difference => new
        {
            pointer = difference.Pointer,
            kind = difference.Kind.ToString().ToLowerInvariant(),
            answers = difference.Answers,
            relative_change = difference.Change,
        }),
        more_differences = endpoint.More,
        latency = new { then = Of(endpoint.Then), now = Of(endpoint.Now) },
    };

    private static object? Of(LatencyDigest? latency) => latency is null ? null : new
    {
        count = latency.Count,
        mean_seconds = Seconds(latency.Mean),
        p50_seconds = Seconds(latency.P50),
        p95_seconds = Seconds(latency.P95),
        max_seconds = Seconds(latency.Max),
    };

    private static string Word(CompareKind kind) => kind switch
    {
        CompareKind.Equal => "equal",
        CompareKind.Different => "different",
        CompareKind.Failed => "failed",
        _ => "not_compared",
    };

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 6);
}
