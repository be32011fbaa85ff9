using System.Text.Json;
using System.Text.Json.Nodes;
using IslGateway.Settings;

namespace IslGateway.Caching;

/// <summary>Whether two answers say the same, apart from the fields that change with every computation.</summary>
internal static class AnswerComparison
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 1024 };

    /// <summary>Compares bodies byte by byte, or, where a row has volatile fields, as JSON without them.</summary>
    public static bool AreEqual(StoredAnswer left, StoredAnswer right, IReadOnlyList<JsonPointer> volatileFields)
    {
        if (left.Body.Span.SequenceEqual(right.Body.Span)) return true;
        if (volatileFields.Count == 0) return false;
        try
        {
            return JsonNode.DeepEquals(Read(left, volatileFields), Read(right, volatileFields));
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // No JSON, or a member that stands twice, which is found out only when it is reached.
            return false;
        }
    }

    private static JsonNode? Read(StoredAnswer answer, IReadOnlyList<JsonPointer> without)
    {
        var node = JsonNode.Parse(answer.Body.Span, documentOptions: Options);
        foreach (var pointer in without) Remove(node, pointer.Segments, 0);
        return node;
    }

    private static void Remove(JsonNode? node, IReadOnlyList<string> segments, int depth)
    {
        var (segment, last) = (segments[depth], depth == segments.Count - 1);
        if (node is JsonObject members)
        {
            foreach (var name in members.Select(member => member.Key).Where(name => segment == JsonPointer.Wildcard || name == segment).ToList())
            {
                if (last) members.Remove(name);
                else Remove(members[name], segments, depth + 1);
            }
        }
        else if (node is JsonArray elements && !last)
        {
            for (var i = 0; i < elements.Count; i++)
            {
                if (segment == JsonPointer.Wildcard || segment == i.ToString(System.Globalization.CultureInfo.InvariantCulture))
                    Remove(elements[i], segments, depth + 1);
            }
        }
    }
}
