using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IslGateway.Commands.CacheSimulation;
using IslGateway.Settings.Reading;

namespace IslGateway.Commands;

/// <summary>What a replay found, as text and as JSON. It gives figures and no advice.</summary>
internal static class SimulationReport
{
    private const string AsItWas = "as it was";
    private const string None = "–";

    /// <param name="replay">The replay, at its end.</param>
    /// <param name="endpoint">The one endpoint to tell of; null: all.</param>
    public static string Text(KeyLogReplay replay, string? endpoint)
    {
        var text = new StringBuilder();
        var (measured, (from, to)) = (replay.Measured.Sum(endpoint), replay.Span);
        text.AppendLine(
            $"{Count(replay.Requests)} requests to cached endpoints, {Time(from)} to {Time(to)} UTC, "
            + $"{Questions(replay)} different questions");
        if (replay.Damaged > 0) text.AppendLine($"⚠ {Count(replay.Damaged)} lines cannot be read, the first is {replay.FirstDamaged}");
        if (measured.FromRedis > 0)
            text.AppendLine($"{Count(measured.FromRedis)} of the hits came from Redis, which is not simulated");
        text.AppendLine().AppendLine(endpoint is null ? "All endpoints:" : $"{endpoint}:");
        var table = new TextTable("", "TTL", "MEMORY", "REQUESTS", "HIT RATE", "ISL TIME SAVED", "USED AT MOST", "EVICTED");
        table.Add("measured", AsItWas, AsItWas, Count(measured.Requests), Percent(measured), Duration(measured.Saved), None, None);
        foreach (var one in replay.Replays)
        {
            var figures = one.Figures.Sum(endpoint);
            table.Add(
                "predicted", Ttl(one), Size(one), Count(figures.Requests), Percent(figures), Duration(figures.Saved),
                Mebibytes(one.PeakBytes), Count(one.Evicted));
        }

        text.Append(table);
        if (endpoint is null && replay.Measured.Names.Count > 1) AppendEndpoints(text, replay);
        return text.ToString().TrimEnd();
    }

    public static string Json(KeyLogReplay replay, string? endpoint) => new JsonObject
    {
        ["requests"] = replay.Requests,
        ["from"] = Time(replay.Span.From, "yyyy-MM-ddTHH:mm:ss.fffZ"),
        ["to"] = Time(replay.Span.To, "yyyy-MM-ddTHH:mm:ss.fffZ"),
        ["questions"] = replay.Questions,
        ["questions_are_all_counted"] = replay.Questions < KeyLogReplay.MostQuestions,
        ["damaged_lines"] = replay.Damaged,
        ["first_damaged_line"] = replay.FirstDamaged,
        ["measured"] = Json(replay.Measured, endpoint),
        ["predicted"] = new JsonArray([.. replay.Replays.Select(one =>
        {
            var json = Json(one.Figures, endpoint);
            json.Insert(0, "ttl_seconds", one.Ttl?.TotalSeconds);
            json.Insert(1, "size_limit_bytes", one.Limit);
            json.Insert(2, "peak_bytes", one.PeakBytes);
            json.Insert(3, "evicted", one.Evicted);
            return json;
        })]),
    }.ToJsonString(JsonSerializerOptions.Web);

    private static void AppendEndpoints(StringBuilder text, KeyLogReplay replay)
    {
        text.AppendLine().AppendLine("Each endpoint:");
        var table = new TextTable("ENDPOINT", "TTL", "MEMORY", "REQUESTS", "HIT RATE", "ISL TIME SAVED");
        foreach (var (name, measured) in replay.Measured.Endpoints)
        {
            table.Add(name, "measured", "", Count(measured.Requests), Percent(measured), Duration(measured.Saved));
            foreach (var one in replay.Replays)
            {
                var figures = one.Figures.Of(name);
                table.Add("", Ttl(one), Size(one), Count(figures.Requests), Percent(figures), Duration(figures.Saved));
            }
        }

        text.Append(table);
    }

    private static JsonObject Json(EndpointFigures figures, string? endpoint)
    {
        var json = Json(figures.Sum(endpoint));
        json["endpoints"] = new JsonObject(
            figures.Endpoints.Where(one => endpoint is null || one.Key == endpoint)
                .Select(one => KeyValuePair.Create(one.Key, (JsonNode?)Json(one.Value))));
        return json;
    }

    private static JsonObject Json(CacheFigures figures) => new()
    {
        ["requests"] = figures.Requests,
        ["hits"] = figures.Hits,
        ["hit_ratio"] = Math.Round(figures.HitRate, 6),
        ["saved_seconds"] = Math.Round(figures.Saved, 6),
    };

    private static string Questions(KeyLogReplay replay) =>
        (replay.Questions < KeyLogReplay.MostQuestions ? "" : "more than ") + Count(replay.Questions);

    private static string Ttl(CacheReplay one) => one.Ttl is { } ttl ? DurationText.Format(ttl) : AsItWas;

    private static string Size(CacheReplay one) => one.Size is { } size ? SizeText.Format(size) : SizeText.Format(one.Limit);

    private static string Percent(CacheFigures figures) =>
        figures.Requests == 0 ? None : string.Create(CultureInfo.InvariantCulture, $"{figures.HitRate * 100:0.0}%");

    private static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):#,0.0} MiB");

    private static string Duration(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:#,0.0} s");

    private static string Time(double seconds, string format = "yyyy-MM-dd HH:mm:ss") =>
        (DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(seconds)).UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
}
