using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>Finds which of a list of terms hold for one JSON text.</summary>
internal sealed class StoreTermScan(IReadOnlyList<StoreTerm> terms) : IJsonVisitor
{
    private readonly bool[] _isMet = new bool[terms.Count];

    /// <summary>Whether all terms hold, or may hold: a name that is not valid text counts as a match.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A text in it that matters holds half a surrogate pair.</exception>
    public static bool AllHold(IReadOnlyList<StoreTerm> terms, ReadOnlySpan<byte> json)
    {
        var scan = new StoreTermScan(terms);
        return !JsonWalk.Over(json, [.. terms.Select(term => term.Place)], scan) || Enumerable.Range(0, terms.Count).All(scan.Holds);
    }

    /// <summary>Whether a term holds for what has been read.</summary>
    public bool Holds(int term) => _isMet[term] != terms[term].IsNegated;

    public void AtPlace(int place, in Utf8JsonReader value) => _isMet[place] |= terms[place].Test(in value);

    public void AtText(in Utf8JsonReader text)
    {
        // Only values at the terms' places matter.
    }
}
