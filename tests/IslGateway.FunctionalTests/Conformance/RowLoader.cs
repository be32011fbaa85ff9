using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>Reads data files, and refuses what it does not understand or what could not fail.</summary>
internal static partial class RowLoader
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Where the data files are at run time.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Conformance", "Rows");

    /// <summary>The rows of a file, one for each case, with the file's request filled in.</summary>
    public static IReadOnlyList<ConformanceRow> Load(string topic) => Parse(topic, File.ReadAllText(Path.Combine(Folder, topic + ".json")));

    /// <exception cref="FormatException">Says which row is at fault, and why.</exception>
    public static IReadOnlyList<ConformanceRow> Parse(string topic, string json)
    {
        var file = Read<ConformanceFile>(topic, json);
        var rows = file.Rows.SelectMany(row => Expand(topic, row))
            .Select(row => row with { Steps = [.. row.Steps.Select(step => Fill(step, file.Request))] }).ToList();
        foreach (var row in rows) RowRules.Check($"{topic}/{row.Name}", row);
        if (rows.Count == 0) throw new FormatException($"{topic} has no rows.");
        if (rows.GroupBy(row => row.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new FormatException($"{topic} has two rows named '{twice.Key}'.");
        return rows;
    }

    private static IEnumerable<ConformanceRow> Expand(string topic, JsonElement row)
    {
        var template = row.GetRawText();
        var name = row.TryGetProperty("name", out var given) ? given.ToString() : "a row without a name";
        if (!row.TryGetProperty("cases", out var cases)) return [ReadFilled($"{topic}/{name}", template)];
        if (cases.ValueKind != JsonValueKind.Array || cases.GetArrayLength() == 0)
            throw new FormatException($"{topic}/{name}: cases are a list, and not empty.");
        return [.. cases.EnumerateArray().Select(one => ReadFilled($"{topic}/{name}",
            Substitute($"{topic}/{name}", template.Replace(cases.GetRawText(), "null", StringComparison.Ordinal), one)))];
    }

    private static string Substitute(string where, string template, JsonElement one)
    {
        foreach (var member in one.EnumerateObject())
        {
            var (place, raw) = ($"${{{member.Name}}}", member.Value.GetRawText());
            if (!template.Contains(place, StringComparison.Ordinal))
                throw new FormatException($"{where}: no place for the case's '{member.Name}'.");

            // A text that is nothing but the place becomes the value itself; within a text its characters are put in.
            template = template.Replace($"\"{place}\"", raw, StringComparison.Ordinal)
                .Replace(
                    place, member.Value.ValueKind == JsonValueKind.String ? raw[1..^1] : JsonEncodedText.Encode(raw).Value,
                    StringComparison.Ordinal);
        }

        return template;
    }

    private static ConformanceRow ReadFilled(string where, string json) => Place().Match(json) is { Success: true } left
        ? throw new FormatException($"{where}: no case says what {left.Value} is.")
        : Read<ConformanceRow>(where, json);

    private static StepSpec Fill(StepSpec step, RequestSpec usual) =>
        step with { Send = Fill(step.Send, usual), Begin = Fill(step.Begin, usual) };

    private static RequestSpec? Fill(RequestSpec? request, RequestSpec usual)
    {
        if (request is null or { Raw: not null }) return request;
        var hasBody = request.Body is not null || request.Text is not null || request.Hex is not null;
        return request with
        {
            Method = request.Method ?? usual.Method ?? "POST",
            Target = request.Target ?? usual.Target,
            Headers = [.. usual.Headers ?? [], .. request.Headers ?? []],
            ContentType = request.ContentType ?? usual.ContentType ?? "application/json",
            Body = hasBody ? request.Body : usual.Body,
            Text = hasBody ? request.Text : usual.Text,
            Hex = hasBody ? request.Hex : usual.Hex,
        };
    }

    private static T Read<T>(string where, string json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options) ?? throw new FormatException($"{where} is null.");
        }
        catch (JsonException wrong)
        {
            throw new FormatException($"{where}: {wrong.Message}", wrong);
        }
    }

    [GeneratedRegex(@"\$\{\w+\}")]
    private static partial Regex Place();
}
