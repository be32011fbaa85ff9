using System.Text.Json;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Workflows.Compare;

namespace IslGateway.Operations.Api;

/// <summary>
/// Reads the body of a comparison's call.
/// <code>
/// {"against":"http://isl-next:8000", "tolerance"?:1e-9, "count"?:100, "endpoint"?:"NAME or PATH", "stored_only"?:false,
///  "send_credentials"?:false}
/// </code>
/// </summary>
internal static class CompareReader
{
    private const string Members = "against, tolerance, count, endpoint, stored_only and send_credentials";
    private const int LongestAddress = 2_048;

    /// <summary>What is to be compared.</summary>
    /// <exception cref="FormatException">Says what is wrong with the call.</exception>
    public static CompareOrder Read(ReadOnlyMemory<byte> call, EndpointTable table)
    {
        try
        {
            using var document = JsonDocument.Parse(call, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new FormatException("The body is no JSON object.");
            return Read(document.RootElement, table);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("The body is no JSON object, or names a member twice.", e);
        }
    }

    private static CompareOrder Read(JsonElement call, EndpointTable table)
    {
        if (!call.TryGetProperty("against", out var against))
            throw new FormatException("It does not say against which candidate: \"against\" is missing.");
        var order = new CompareOrder(Address(against));
        foreach (var member in call.EnumerateObject())
        {
            order = member.Name switch
            {
                "against" => order,
                "tolerance" => order with { Tolerance = Tolerance(member.Value) },
                "count" => order with { Count = Count(member.Value) },
                "endpoint" => order with { Endpoint = Endpoint(member.Value, table) },
                "stored_only" => order with { StoredOnly = Flag(member) },
                "send_credentials" => order with { SendCredentials = Flag(member) },
                _ => throw new FormatException($"It has a member that is unknown: there are {Members}."),
            };
        }

        return order;
    }

    private static Uri Address(JsonElement value)
    {
        const string Rule = "\"against\" must be an absolute http or https address, such as http://isl-next:8000";
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (text.Length > LongestAddress || !Uri.TryCreate(text, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https") || address.Host.Length == 0)
        {
            throw new FormatException($"{Rule}.");
        }

        return address.UserInfo.Length == 0 && !text.AsSpan().ContainsAny('@', '?', '#')
            ? address
            : throw new FormatException($"{Rule}, without user, query or fragment.");
    }

    private static double Tolerance(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.GetDouble() is >= 0 and <= 2 and var tolerance
            ? tolerance
            : throw new FormatException("\"tolerance\" must be a number from 0 to 2: no change is larger.");

    private static int Count(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count is >= 1 and <= CompareOrder.MaxCount
            ? count
            : throw new FormatException($"\"count\" must be a whole number from 1 to {CompareOrder.MaxCount}.");

    private static bool Flag(JsonProperty member) =>
        member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? member.Value.GetBoolean()
            : throw new FormatException($"\"{member.Name}\" must be true or false.");

    private static string Endpoint(JsonElement value, EndpointTable table)
    {
        var compared = table.Rows.Where(row => row.Cache == CachePolicy.Deterministic).ToList();
        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return compared.Find(row => row.Name.Equals(text, StringComparison.OrdinalIgnoreCase) || row.Path == text)?.Name
            ?? throw new FormatException(
                "\"endpoint\" is neither the name nor the path of an endpoint whose answers can be compared. "
                + $"There are {string.Join(", ", compared.Select(row => row.Name))}.");
    }
}
