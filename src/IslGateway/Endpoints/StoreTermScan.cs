using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>Which of a list of terms hold of one JSON text.</summary>
internal sealed class StoreTermScan(IReadOnlyList<StoreTerm> terms) : IJsonVisitor
{
    private readonly bool[] _isMet = new bool[terms.Count];

    /// <summary>Whether all hold, or may: names that are no text are given no benefit of the doubt.</summary>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    /// <exception cref="InvalidOperationException">A text in it that matters is none.</exception>
    public static bool AllHold(IReadOnlyList<StoreTerm> terms, ReadOnlySpan<byte> json)
    {
        var scan = new StoreTermScan(terms);
        return !JsonWalk.Over(json, [.. terms.Select(term => term.Place)], scan) || Enumerable.Range(0, terms.Count).All(scan.Holds);
    }

    /// <summary>Whether a term holds of what has been read.</summary>
    public bool Holds(int term) => _isMet[term] != terms[term].IsNegated;

    public void AtPlace(int place, in Utf8JsonReader value) => _isMet[place] |= terms[place].Test(in value);

    public void AtText(in Utf8JsonReader text)
    {
        // Only what stands at the terms' places matters.
    }
}
