using System.Text;
using System.Text.Json;

namespace IslGateway.UnitTests.Caching.Keys.Differential;

/// <summary>
/// Looks for the smallest bodies that show a contradiction: takes parts out of both of a pair, then bytes, while it stays.
/// </summary>
internal sealed class Minimiser(IReader reader, Keyer keyer)
{
    private const int AtOnce = 300;

    /// <summary>Bytes are taken out of a pair only when it is short.</summary>
    private const int Short = 100;

    public Contradiction Minimise(Contradiction found)
    {
        for (var smaller = found; smaller is not null; smaller = Smaller(found)) found = smaller;
        return found;
    }

    private Contradiction? Smaller(Contradiction found) =>
        Parts(found).Concat(Cuts(found)).Chunk(AtOnce).Select(FirstThatShows).FirstOrDefault(smaller => smaller is not null);

    private Contradiction? FirstThatShows(Contradiction[] candidates)
    {
        reader.Begin([.. candidates.SelectMany(candidate => new[] { candidate.Body, candidate.Other ?? candidate.Body })]);
        var readings = reader.Readings();
        return candidates.Where((candidate, i) => Shows(candidate, readings[2 * i], readings[(2 * i) + 1])).FirstOrDefault();
    }

    private bool Shows(Contradiction candidate, Reading body, Reading other)
    {
        var keyed = keyer(candidate.Body, candidate.SortKeys, out var key);
        if (candidate.Other is null)
            return candidate.What == (keyed ? Disagreement.KeyedThoughInexact : Disagreement.RefusedThoughExact)
                && keyed != (body.Why == Inexact.None);
        return keyed && keyer(candidate.Other, candidate.SortKeys, out var otherKey)
            && body.Why == Inexact.None && other.Why == Inexact.None
            && (key == otherKey) != (body.Text(candidate.SortKeys) == other.Text(candidate.SortKeys))
            && candidate.What == (key == otherKey ? Disagreement.SameKeyForTwo : Disagreement.TwoKeysForOne);
    }

    /// <summary>What two bodies have in the same place; then both without it, or with null there.</summary>
    private static IEnumerable<Contradiction> Parts(Contradiction found)
    {
        if (found.Other is null) yield break;
        var (body, other) = (Members(found.Body), Members(found.Other));
        var shared = body.Keys.Where(other.ContainsKey).ToList();
        foreach (var name in shared) yield return found with { Body = Bytes(body[name].Value), Other = Bytes(other[name].Value) };
        foreach (var name in shared) yield return found with { Body = Without(body, name), Other = Without(other, name) };
        foreach (var name in shared.Where(name => body[name].Value.Length > 4 || other[name].Value.Length > 4))
            yield return found with { Body = Without(body, name, "null"), Other = Without(other, name, "null") };
        foreach (var name in body.Keys.Except(shared)) yield return found with { Body = Without(body, name) };
        foreach (var name in other.Keys.Except(shared)) yield return found with { Other = Without(other, name) };
    }

    /// <summary>By name or by place: what stands before the value, nothing in an array, and the value, both spelled as they are.</summary>
    private static Dictionary<string, (string Before, string Value)> Members(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.ValueKind switch
        {
            JsonValueKind.Object => document.RootElement.EnumerateObject()
                .ToDictionary(
                    member => member.Name, member => (member.ToString()[..^member.Value.GetRawText().Length], member.Value.GetRawText())),
            JsonValueKind.Array => document.RootElement.EnumerateArray().Index()
                .ToDictionary(item => $"{item.Index}", item => ("", item.Item.GetRawText())),
            _ => [],
        };
    }

    private static byte[] Without(Dictionary<string, (string Before, string Value)> members, string left, string? instead = null)
    {
        var kept = members.Where(member => instead is not null || member.Key != left)
            .Select(member => member.Value.Before + (member.Key == left ? instead : member.Value.Value));
        var inside = string.Join(',', kept);
        return Bytes(members.First().Value.Before.Length == 0 ? $"[{inside}]" : $"{{{inside}}}");
    }

    /// <summary>Long cuts first; of a pair, out of both from the start, out of both from the end, out of one.</summary>
    private static IEnumerable<Contradiction> Cuts(Contradiction found)
    {
        var (body, other) = (found.Body, found.Other);
        if (other is not null && Math.Max(body.Length, other.Length) > Short) yield break;
        for (var length = Math.Max(body.Length, other?.Length ?? 0); length > 0; length = length > 16 ? length / 2 : length - 1)
        {
            for (var at = 0; at + length <= body.Length; at++)
            {
                var cut = Cut(body, at, length);
                if (other is not null && at + length <= other.Length)
                {
                    yield return found with { Body = cut, Other = Cut(other, at, length) };
                    var fromEnd = Math.Max(0, other.Length - (body.Length - at));
                    if (fromEnd + length <= other.Length) yield return found with { Body = cut, Other = Cut(other, fromEnd, length) };
                }

                yield return found with { Body = cut };
            }

            for (var at = 0; other is not null && at + length <= other.Length; at++)
                yield return found with { Other = Cut(other, at, length) };
        }
    }

    private static byte[] Cut(byte[] body, int at, int length) => [.. body[..at], .. body[(at + length)..]];

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
