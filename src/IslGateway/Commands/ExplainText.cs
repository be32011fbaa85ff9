using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IslGateway.Commands;

/// <summary>The answer to an explain call, for people.</summary>
internal static class ExplainText
{
    public static string Of(JsonElement answer)
    {
        var text = new StringBuilder();
        if (answer.TryGetProperty("requests", out var requests)) AppendComparison(text, answer, requests);
        else Append(text, answer, "");
        return text.ToString().TrimEnd();
    }

    private static void AppendComparison(StringBuilder text, JsonElement answer, JsonElement requests)
    {
        text.AppendLine(
            answer.GetProperty("same_key").GetBoolean()
                ? "They share one key: each is answered with what is stored for the other."
                : $"Their keys part: {string.Join(", ", answer.GetProperty("differences").EnumerateArray())}.");
        if (Text(answer, "differs_at") is { } at)
        {
            text.AppendLine(Text(answer, "difference") switch
            {
                "missing" => $"Their bodies part at {Shown(at)}: only one of them has that.",
                "order" => $"Their bodies part at {Shown(at)}: the members are in another order, which counts here.",
                _ => $"Their bodies part at {Shown(at)}: the values differ.",
            });
        }

        var number = 0;
        foreach (var request in requests.EnumerateArray())
        {
            text.AppendLine().AppendLine(++number == 1 ? "The first:" : "The second:");
            Append(text, request, "  ");
        }
    }

    private static void Append(StringBuilder text, JsonElement request, string indent)
    {
        void Line(string label, string value) => text.AppendLine($"{indent}{label,-12}{value}");
        Line("told", Text(request, "cache_status") ?? "");
        Line("why", Text(request, "explanation") ?? "");
        if (Text(request, "reason") is { } reason) Line("reason", reason);
        Line("row", Text(request, "row") is { } row ? $"{row} ({Text(request, "policy")}), {Text(request, "path")}" : "none");
        if (Text(request, "key") is { } key) Line("key", $"{key}…, {KeyParts(request)}");
        if (Member(request, "found") is { } found)
        {
            Line(
                "found",
                $"in {Text(found, "tier")}, {Number(found, "age_seconds")} s old, "
                + $"{(found.GetProperty("stale").GetBoolean() ? "stale for" : "fresh for")} "
                + $"{Math.Abs(found.GetProperty("ttl_seconds").GetInt64()).ToString(CultureInfo.InvariantCulture)} s");
        }

        if (Member(request, "credential") is { } credential)
        {
            var given = credential.GetProperty("given").GetBoolean() ? "given" : "none given";
            Line("credential", $"{given}, {Text(credential, "standing")}; entries are {Text(credential, "scope")}");
        }

        foreach (var epoch in request.GetProperty("epochs").EnumerateArray())
        {
            var (version, build) = (Text(epoch, "version") ?? "none", Text(epoch, "build") ?? "none");
            var stored = epoch.GetProperty("found").GetBoolean() ? "something is stored" : "nothing is stored";
            Line("epoch", $"{Text(epoch, "fingerprint") ?? "unknown"} (version {version}, build {build}): {stored}");
        }

        if (Text(request, "redis") is { } redis) Line("redis", redis);
    }

    private static string KeyParts(JsonElement request)
    {
        var order = Text(request, "key_order") == "Sorted" ? "the order of members does not count" : "the order of members counts";
        return $"{order}; ignored fields: {List(request, "ignored_fields")}; headers: {List(request, "key_headers")}";
    }

    private static string List(JsonElement request, string member) =>
        request.GetProperty(member).GetArrayLength() == 0 ? "none" : string.Join(", ", request.GetProperty(member).EnumerateArray());

    private static string Shown(string pointer) => pointer.Length == 0 ? "the whole" : pointer;

    private static JsonElement? Member(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Number(JsonElement parent, string name) =>
        parent.GetProperty(name).GetDouble().ToString("#,0.###", CultureInfo.InvariantCulture);
}
