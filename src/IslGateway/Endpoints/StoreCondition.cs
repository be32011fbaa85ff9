using System.Diagnostics.CodeAnalysis;

namespace IslGateway.Endpoints;

/// <summary>
/// A condition on an answer and its request under which the answer is not stored: it holds if all of its terms hold.
/// <code>
/// condition = term *( " and " term )
/// term      = [ "not " ] [ "answer " / "request " ] place " " test   of the answer unless it says otherwise
/// place     = [ "/**" ] pointer               with /** at any depth; it holds no white space
/// test      = "exists"                        there, and not null (ISL writes absent fields as null)
///           / "nonempty"                      a text, array or object with something in it, true, or a whole number but 0
///           / "==" scalar *( "or" scalar )    equal to a JSON string, number, true, false or null
///           / "is" text *( "or" text )        that text, in any case
///           / "contains" text *( "or" text )  a text with that text in it, in any case
/// </code>
/// A term holds if its test is true at any of its places; with <c>not</c>, if it is true at none.
/// </summary>
internal sealed class StoreCondition
{
    private StoreCondition(string text, IReadOnlyList<StoreTerm> terms)
    {
        Text = text;
        OfAnswer = [.. terms.Where(term => !term.IsOfRequest)];
        OfRequest = [.. terms.Where(term => term.IsOfRequest)];
    }

    /// <summary>The condition as written.</summary>
    public string Text { get; }

    /// <summary>The terms that look at the answer.</summary>
    public IReadOnlyList<StoreTerm> OfAnswer { get; }

    /// <summary>The terms that look at the request.</summary>
    public IReadOnlyList<StoreTerm> OfRequest { get; }

    public static bool TryParse(string text, [NotNullWhen(true)] out StoreCondition? condition, [NotNullWhen(false)] out string? error)
    {
        condition = StoreConditionParser.TryParse(text, out var terms, out error) ? new StoreCondition(text, terms) : null;
        return condition is not null;
    }

    /// <exception cref="FormatException">The text is not a condition.</exception>
    public static StoreCondition Parse(string text) =>
        TryParse(text, out var condition, out var error) ? condition : throw new FormatException(error);

    public override string ToString() => Text;
}
