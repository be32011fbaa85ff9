using System.Text.Json;
using System.Text.RegularExpressions;
using IslGateway.Endpoints;
using Pointer = Json.Pointer.JsonPointer;

namespace IslGateway.Caching.Validation;

/// <summary>Finds the schemas of request bodies in an OpenAPI 3 document.</summary>
internal static partial class OperationReader
{
    /// <summary>Whether it is such a document at all.</summary>
    public static bool IsOpenApi(JsonElement document) =>
        document.ValueKind == JsonValueKind.Object
        && document.TryGetProperty("openapi", out var version) && version.ValueKind == JsonValueKind.String
        && version.GetString()!.StartsWith("3.", StringComparison.Ordinal)
        && document.TryGetProperty("paths", out var paths) && paths.ValueKind == JsonValueKind.Object;

    /// <summary>The schema of a row's bodies; null if the document does not describe them.</summary>
    /// <param name="document">The document.</param>
    /// <param name="row">The row; the names of free segments in its path do not matter.</param>
    /// <param name="method">The method.</param>
    public static JsonElement? Find(JsonElement document, EndpointRow row, string method)
    {
        var path = Shape(row.Path);
        foreach (var item in document.GetProperty("paths").EnumerateObject())
        {
            if (Shape(item.Name) == path && Member(item.Value, method.ToLowerInvariant()) is { } operation
                && Member(operation, "requestBody") is { } body && Member(Resolve(document, body), "content") is { } content)
                return JsonOf(content);
        }

        return null;
    }

    private static JsonElement? JsonOf(JsonElement content) => content.ValueKind != JsonValueKind.Object ? null : content
        .EnumerateObject()
        .Where(static media => media.Name.StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
        .Select(static media => Member(media.Value, "schema")).FirstOrDefault();

    /// <summary>What an element refers to within the document; where it refers to nothing there, itself.</summary>
    public static JsonElement Resolve(JsonElement document, JsonElement element) =>
        Member(element, "$ref") is { ValueKind: JsonValueKind.String } reference
        && reference.GetString() is ['#', .. var fragment]
        && Pointer.TryParse(Uri.UnescapeDataString(fragment), out var pointer) && pointer.Evaluate(document) is { } target
            ? target
            : element;

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static string Shape(string path) => FreeSegment().Replace(path, "{}");

    [GeneratedRegex("(?<=/){[^/{}]*}(?=/|$)")]
    private static partial Regex FreeSegment();
}
