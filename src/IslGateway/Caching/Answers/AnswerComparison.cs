using System.Globalization;
using System.Text.Json;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Answers;

/// <summary>
/// Where two answers differ, apart from the fields that change with every computation. The same question should be answered in the same
/// bytes: another order of members, or another spelling of a number, is a difference.
/// </summary>
internal static class AnswerComparison
{
    /// <summary>The most differences that are listed.</summary>
    public const int MaxDifferences = 10;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 1024 };

    /// <summary>Whether there is no difference.</summary>
    public static bool AreEqual(StoredAnswer left, StoredAnswer right, IReadOnlyList<JsonPointer> volatileFields) =>
        left.Body.Span.SequenceEqual(right.Body.Span)
        || (volatileFields.Count > 0 && Differences(left, right, volatileFields, limit: 1).Count == 0);

    /// <summary>
    /// JSON pointers (RFC 6901) to where the bodies differ: a value, a member that only one body has, an array whose length differs, or an
    /// object whose members stand in another order. A difference that no pointer can name (white space, a body that is not JSON) is
    /// reported as the empty pointer, which means the whole document.
    /// </summary>
    public static IReadOnlyList<string> Differences(
        StoredAnswer left, StoredAnswer right, IReadOnlyList<JsonPointer> volatileFields, int limit = MaxDifferences)
    {
        var (one, other) = (left.Body, right.Body);
        if (one.Span.SequenceEqual(other.Span)) return [];
        var found = new List<string>();
        try
        {
            using var before = JsonDocument.Parse(one, Options);
            using var after = JsonDocument.Parse(other, Options);
            Compare(before.RootElement, after.RootElement, new Place("", 0, volatileFields), found, limit);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [""];
        }

        return found.Count == 0 && volatileFields.Count == 0 ? [""] : found;
    }

    private static void Compare(JsonElement left, JsonElement right, Place place, List<string> found, int limit)
    {
        if (found.Count >= limit || place.IsVolatile) return;
        if (left.ValueKind == JsonValueKind.Object && right.ValueKind == JsonValueKind.Object)
            CompareMembers(left, right, place, found, limit);
        else if (left.ValueKind == JsonValueKind.Array && right.ValueKind == JsonValueKind.Array)
            CompareElements(left, right, place, found, limit);
        else if (left.ValueKind != right.ValueKind || left.GetRawText() != right.GetRawText()) found.Add(place.Pointer);
    }

    private static void CompareMembers(JsonElement left, JsonElement right, Place place, List<string> found, int limit)
    {
        var (before, after) = (Members(left, place), Members(right, place));
        if (before.Select(member => member.Name).SequenceEqual(after.Select(member => member.Name)))
        {
            for (var i = 0; i < before.Count; i++) Compare(before[i].Value, after[i].Value, place.Under(before[i].Name), found, limit);
            return;
        }

        var known = found.Count;
        foreach (var name in before.Concat(after).Select(member => member.Name).Distinct())
        {
            var (one, other) = (before.FindAll(member => member.Name == name), after.FindAll(member => member.Name == name));
            if (one.Count == other.Count) Compare(one[0].Value, other[0].Value, place.Under(name), found, limit);
            else if (found.Count < limit) found.Add(place.Under(name).Pointer);
        }

        if (found.Count == known && found.Count < limit) found.Add(place.Pointer);
    }

    private static void CompareElements(JsonElement left, JsonElement right, Place place, List<string> found, int limit)
    {
        var (before, after) = (left.GetArrayLength(), right.GetArrayLength());
        if (before != after)
        {
            found.Add(place.Pointer);
            return;
        }

        foreach (var (i, (one, other)) in left.EnumerateArray().Zip(right.EnumerateArray()).Index())
            Compare(one, other, place.Under(i.ToString(CultureInfo.InvariantCulture)), found, limit);
    }

    private static List<JsonProperty> Members(JsonElement element, Place place) =>
        [.. element.EnumerateObject().Where(member => !place.Under(member.Name).IsVolatile)];

    /// <summary>A place in both answers.</summary>
    /// <param name="Pointer">Its pointer.</param>
    /// <param name="Depth">Segments in it.</param>
    /// <param name="Fields">The volatile fields that may lie here or below.</param>
    private readonly record struct Place(string Pointer, int Depth, IReadOnlyList<JsonPointer> Fields)
    {
        public bool IsVolatile
        {
            get
            {
                foreach (var pointer in Fields)
                {
                    if (pointer.Segments.Count == Depth) return true;
                }

                return false;
            }
        }

        public Place Under(string segment)
        {
            var depth = Depth;
            return new Place(
                $"{Pointer}/{segment.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}",
                depth + 1,
                Fields.Count == 0
                    ? Fields
                    : [.. Fields.Where(field => field.Segments[depth] is var own && (own == JsonPointer.Wildcard || own == segment))]);
        }
    }
}
