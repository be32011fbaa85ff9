using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IslGateway.Commands;

/// <summary>The report of a comparison, for people.</summary>
internal static class CompareText
{
    private const string None = "–";

    public static string Of(JsonElement report)
    {
        var text = new StringBuilder();
        AppendHead(text, report);
        var endpoints = report.GetProperty("endpoints").EnumerateArray().ToList();
        if (endpoints.Count > 0) text.AppendLine().Append(TableOf(endpoints));
        foreach (var endpoint in endpoints) AppendDetails(text, endpoint);
        var configuration = string.Join(", ", report.GetProperty("configuration").EnumerateArray());
        if (configuration.Length > 0) text.AppendLine().AppendLine($"What they say of their settings differs at {configuration}.");
        text.AppendLine().AppendLine(Verdict(report));
        return text.ToString().TrimEnd();
    }

    private static void AppendHead(StringBuilder text, JsonElement report)
    {
        var then = string.Join("; ", report.GetProperty("then").EnumerateArray().Select(Epoch));
        var now = report.GetProperty("now") is { ValueKind: JsonValueKind.Object } known ? Epoch(known) : "unknown";
        text.AppendLine($"then  ISL: {(then.Length == 0 ? "unknown" : then)}");
        text.AppendLine($"now   {Text(report, "against") ?? "ISL"}: {now}");
        if (report.GetProperty("simulated").GetBoolean()) text.AppendLine("⚠ It is a simulator: its numbers are not ISL's.");
        if (report.GetProperty("same_epoch").GetBoolean()) text.AppendLine("Both have the same configuration, version and build.");
        text.AppendLine(
            $"{Count(report, "questions")} requests in {Number(report, "duration_seconds", "#,0.#")} s: equal {Count(report, "equal")}, "
            + $"different {Count(report, "different")}, failed {Count(report, "failed")}, not compared {Count(report, "not_compared")}");
    }

    private static TextTable TableOf(IEnumerable<JsonElement> endpoints)
    {
        var table = new TextTable(
            "ENDPOINT", "EQUAL", "DIFFERENT", "BEYOND", "FAILED", "NOT COMPARED", "LARGEST CHANGE", "P50 THEN", "P50 NOW", "P95 THEN",
            "P95 NOW");
        foreach (var endpoint in endpoints)
        {
            var latency = endpoint.GetProperty("latency");
            var (then, now) = (latency.GetProperty("then"), latency.GetProperty("now"));
            table.Add(
                Text(endpoint, "endpoint")!, Count(endpoint, "equal"), Count(endpoint, "different"), Count(endpoint, "beyond_tolerance"),
                Count(endpoint, "failed"), Count(endpoint, "not_compared"), Change(endpoint, "largest_relative_change"),
                Milliseconds(then, "p50_seconds"), Milliseconds(now, "p50_seconds"), Milliseconds(then, "p95_seconds"),
                Milliseconds(now, "p95_seconds"));
        }

        return table;
    }

    private static void AppendDetails(StringBuilder text, JsonElement endpoint)
    {
        var differences = endpoint.GetProperty("differences").EnumerateArray().ToList();
        var (failures, reasons) = (Counts(endpoint.GetProperty("failures")), Counts(endpoint.GetProperty("not_compared_because")));
        if (differences.Count == 0 && failures.Length == 0 && reasons.Length == 0) return;
        text.AppendLine().AppendLine(Text(endpoint, "endpoint"));
        foreach (var difference in differences)
        {
            var pointer = Text(difference, "pointer") is { Length: > 0 } place ? place : "the whole answer";
            text.AppendLine($"  {pointer}  {Words(difference)}, answers: {Count(difference, "answers")}");
        }

        if (endpoint.GetProperty("more_differences").GetInt64() > 0)
            text.AppendLine($"  and {Count(endpoint, "more_differences")} places more");
        if (failures.Length > 0) text.AppendLine($"  failed: {failures}");
        if (reasons.Length > 0) text.AppendLine($"  not compared: {reasons}");
    }

    private static string Words(JsonElement difference) => Text(difference, "kind") switch
    {
        "number" => $"number, by up to {Change(difference, "relative_change")}",
        "value" => "another value",
        "type" => "another type",
        "missing" => "is missing now",
        "extra" => "is new",
        _ => "another length",
    };

    private static string Verdict(JsonElement report)
    {
        var tolerance = report.GetProperty("tolerance").GetDouble().ToString("R", CultureInfo.InvariantCulture);
        if (Text(report, "stopped") is { } reason) return $"Not passed: it stopped before the last request, because {reason}.";
        if (report.GetProperty("passed").GetBoolean()) return $"Passed: nothing differs by more than {tolerance}.";
        var compared = report.GetProperty("equal").GetInt64() + report.GetProperty("different").GetInt64();
        return compared == 0 && report.GetProperty("failed").GetInt64() == 0 ? "Not passed: nothing was compared."
            : $"Not passed: {Count(report, "beyond_tolerance")} differ by more than {tolerance}, {Count(report, "failed")} failed.";
    }

    private static string Epoch(JsonElement epoch)
    {
        var (version, build) = (Text(epoch, "version") ?? "none", Text(epoch, "build") ?? "none");
        return $"{Text(epoch, "fingerprint") ?? "no fingerprint"} (version {version}, build {build})";
    }

    private static string Counts(JsonElement counts) =>
        string.Join(", ", counts.EnumerateObject().Select(count => $"{count.Name} {count.Value}"));

    private static string Count(JsonElement parent, string member) => Number(parent, member, "#,0");

    private static string Number(JsonElement parent, string member, string format) =>
        parent.GetProperty(member).GetDouble().ToString(format, CultureInfo.InvariantCulture);

    private static string Change(JsonElement parent, string member) =>
        parent.GetProperty(member) is { ValueKind: JsonValueKind.Number } change
            ? change.GetDouble().ToString("G3", CultureInfo.InvariantCulture)
            : None;

    private static string Milliseconds(JsonElement latency, string member) =>
        latency.ValueKind == JsonValueKind.Object
            ? (latency.GetProperty(member).GetDouble() * 1_000).ToString("#,0.0", CultureInfo.InvariantCulture) + " ms"
            : None;

    private static string? Text(JsonElement parent, string member) =>
        parent.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
