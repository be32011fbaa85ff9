using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Endpoints;

/// <summary>The rules for a row's <c>Samples</c>.</summary>
internal static class SampleRules
{
    public static void Check(string key, EndpointOptions row, SettingsReport report)
    {
        if (row.Samples is not { } samples) return;
        var pointer = CheckField($"{key}:Samples:Field", samples.Field, report);
        if (samples.Enabled != true) return;
        if (samples.Field is null) report.Add($"{key}:Samples:Field", null, $"must be set, because {key}:Samples:Enabled is true");
        if (samples.Baseline is null) report.Add($"{key}:Samples:Baseline", null, $"must be set, because {key}:Samples:Enabled is true");
        if (row.Cache != CachePolicy.Deterministic)
        {
            report.AddBetween(
                $"{key}:Samples:Enabled", "true", $"{key}:Cache",
                $"must be false, because {key}:Cache is {row.Cache ?? CachePolicy.None}: it is for Deterministic rows");
        }

        if (!EndpointRow.WithBody(row.Methods ?? [HttpMethods.Post]).Any())
            report.Add($"{key}:Samples:Enabled", "true", "must be false, because no method of the row has a body");
        if (pointer is not null) CheckIsKeyed(key, row, pointer, report);
    }

    private static JsonPointer? CheckField(string key, string? field, SettingsReport report)
    {
        if (field is null) return null;
        if (!JsonPointer.TryParse(field, out var pointer, out var error)) report.Add(key, field, error);
        else if (pointer.Segments.Count == 0) report.Add(key, field, "must not name the whole document");
        else if (pointer.Segments.Contains(JsonPointer.Wildcard)) report.Add(key, field, "must name one place, so without '*'");
        else if (pointer.Segments.Count > RowSamples.MaxSegments)
            report.Add(key, field, $"must have at most {RowSamples.MaxSegments} segments");
        else return pointer;
        return null;
    }

    /// <summary>Were the number not part of the key, an answer with fewer samples than asked for could be served.</summary>
    private static void CheckIsKeyed(string key, EndpointOptions row, JsonPointer field, SettingsReport report)
    {
        foreach (var ignored in row.IgnoreFields ?? [])
        {
            if (JsonPointer.TryParse(ignored, out var pointer, out _) && Covers(pointer, field))
            {
                report.AddBetween(
                    $"{key}:Samples:Field", field.Text, $"{key}:IgnoreFields",
                    $"must count for the key, but {key}:IgnoreFields has {ignored}");
            }
        }
    }

    private static bool Covers(JsonPointer ignored, JsonPointer field) =>
        ignored.Segments.Count is > 0 and var depth && depth <= field.Segments.Count
        && ignored.Segments.Zip(field.Segments).All(pair => pair.First == JsonPointer.Wildcard || pair.First == pair.Second);
}
