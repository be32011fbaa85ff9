using System.Globalization;
using System.Text.Json;
using IslGateway.Endpoints;

namespace IslGateway.Workflows.Compare;

/// <summary>
/// Compares what two answers say, not how it is spelt: the order of members, white space, escapes and the notation of numbers are no
/// differences. Texts, truth values, types, members that only one has and lists of different length are, whatever the tolerance.
/// </summary>
internal sealed class DifferenceFinder
{
    /// <summary>Places that are listed of one answer; those that differ only in their numbers in lists count as one.</summary>
    public const int MaxListed = 100;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 1024 };

    private readonly AnswerTrail _trail = new();
    private readonly Dictionary<(string Folded, DifferenceKind Kind), AnswerDifference> _found = [];
    private readonly HashSet<string> _configuration = new(StringComparer.Ordinal);
    private long _more;
    private double? _largest;
    private bool _onlyNumbers = true;

    private DifferenceFinder()
    {
    }

    /// <summary>Compares two answers; null if one of them is no JSON that can be read.</summary>
    /// <param name="then">The answer that callers have had.</param>
    /// <param name="now">The answer to the same question that they would have.</param>
    /// <param name="places">What is not compared.</param>
    public static AnswerDifferences? Find(ReadOnlyMemory<byte> then, ReadOnlyMemory<byte> now, ComparedPlaces places)
    {
        try
        {
            using var before = JsonDocument.Parse(then, Reading);
            using var after = JsonDocument.Parse(now, Reading);
            var finder = new DifferenceFinder();
            finder.Compare(before.RootElement, after.RootElement, places.Marked, isConfiguration: false);
            return finder.Result();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or a name in it is no text.
            return null;
        }
    }

    private AnswerDifferences Result() =>
        new([.. _found.Values], _more, _largest, _onlyNumbers, [.. _configuration.Order(StringComparer.Ordinal)]);

    private void Compare(JsonElement then, JsonElement now, IReadOnlyList<MarkedPlace> marked, bool isConfiguration)
    {
        if (IsMarked(marked, isConfiguration: false)) return;
        isConfiguration |= IsMarked(marked, isConfiguration: true);
        switch (then.ValueKind, now.ValueKind)
        {
            case (JsonValueKind.Object, JsonValueKind.Object):
                CompareMembers(then, now, marked, isConfiguration);
                break;
            case (JsonValueKind.Array, JsonValueKind.Array):
                CompareElements(then, now, marked, isConfiguration);
                break;
            case (JsonValueKind.Number, JsonValueKind.Number):
                if (RelativeChange.Of(then.GetRawText(), now.GetRawText()) is not 0 and var change)
                    Add(DifferenceKind.Number, change, isConfiguration);
                break;
            case (JsonValueKind.String, JsonValueKind.String):
                if (!AreEqualTexts(then, now)) Add(DifferenceKind.Value, null, isConfiguration);
                break;
            case (JsonValueKind.True, JsonValueKind.False) or (JsonValueKind.False, JsonValueKind.True):
                Add(DifferenceKind.Value, null, isConfiguration);
                break;
            case var (one, other) when one != other:
                Add(DifferenceKind.Type, null, isConfiguration);
                break;
        }
    }

    private void CompareMembers(JsonElement then, JsonElement now, IReadOnlyList<MarkedPlace> marked, bool isConfiguration)
    {
        var (before, after) = (Members(then), Members(now));
        foreach (var (name, value) in before)
        {
            var below = Below(marked, name);
            _trail.Enter(name);
            if (after.Remove(name, out var other)) Compare(value, other, below, isConfiguration);
            else AddLone(DifferenceKind.Missing, below, isConfiguration);
            _trail.Leave();
        }

        foreach (var name in after.Keys)
        {
            var below = Below(marked, name);
            _trail.Enter(name);
            AddLone(DifferenceKind.Extra, below, isConfiguration);
            _trail.Leave();
        }
    }

    private void CompareElements(JsonElement then, JsonElement now, IReadOnlyList<MarkedPlace> marked, bool isConfiguration)
    {
        if (then.GetArrayLength() != now.GetArrayLength())
        {
            Add(DifferenceKind.Length, null, isConfiguration);
            return;
        }

        foreach (var (i, (one, other)) in then.EnumerateArray().Zip(now.EnumerateArray()).Index())
        {
            var below = Below(marked, i.ToString(CultureInfo.InvariantCulture));
            _trail.Enter(i);
            Compare(one, other, below, isConfiguration);
            _trail.Leave();
        }
    }

    private void AddLone(DifferenceKind kind, IReadOnlyList<MarkedPlace> marked, bool isConfiguration)
    {
        if (!IsMarked(marked, isConfiguration: false)) Add(kind, null, isConfiguration || IsMarked(marked, isConfiguration: true));
    }

    private void Add(DifferenceKind kind, double? change, bool isConfiguration)
    {
        var folded = _trail.Folded();
        if (isConfiguration)
        {
            if (_configuration.Count < MaxListed) _configuration.Add(folded);
            return;
        }

        _onlyNumbers &= change is not null;
        _largest = Larger(_largest, change);
        if (_found.TryGetValue((folded, kind), out var known))
        {
            _found[(folded, kind)] = known with
            {
                Pointer = folded,
                Places = known.Places + 1,
                Change = Larger(known.Change, change),
            };
        }
        else if (_found.Count < MaxListed) _found.Add((folded, kind), new AnswerDifference(_trail.Pointer(), folded, kind, 1, change));
        else _more++;
    }

    private bool IsMarked(IReadOnlyList<MarkedPlace> marked, bool isConfiguration)
    {
        foreach (var mark in marked)
        {
            if (mark.IsConfiguration == isConfiguration && mark.Pointer.Segments.Count == _trail.Depth) return true;
        }

        return false;
    }

    /// <summary>Those of the marked places that lie at or below a member, or an element, of the value at which the trail ends.</summary>
    private IReadOnlyList<MarkedPlace> Below(IReadOnlyList<MarkedPlace> marked, string step)
    {
        if (marked.Count == 0) return marked;
        var depth = _trail.Depth;
        return
        [
            .. marked.Where(mark => mark.Pointer.Segments.Count > depth
                && mark.Pointer.Segments[depth] is var own && (own == JsonPointer.Wildcard || own == step)),
        ];
    }

    /// <summary>Of a name that stands there twice the last counts, as for ISL's clients.</summary>
    private static Dictionary<string, JsonElement> Members(JsonElement element)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject()) members[member.Name] = member.Value;
        return members;
    }

    private static bool AreEqualTexts(JsonElement left, JsonElement right) =>
        left.GetRawText() == right.GetRawText() || left.GetString() == right.GetString();

    private static double? Larger(double? one, double? other) => other is null || one > other ? one : other;
}
