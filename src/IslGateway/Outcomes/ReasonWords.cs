using System.Text;

namespace IslGateway.Outcomes;

/// <summary>The words of <see cref="Reason"/>: lower case, hyphenated, an RFC 8941 token.</summary>
internal static class ReasonWords
{
    private static readonly string[] Words = [.. Enum.GetValues<Reason>().Select(Hyphenate)];

    /// <summary>Every word, in the order of the enum.</summary>
    public static IReadOnlyList<string> All => Words;

    /// <summary>The word of a reason.</summary>
    public static string Word(this Reason reason) => Words[(int)reason];

    private static string Hyphenate(Reason reason)
    {
        var word = new StringBuilder();
        foreach (var letter in reason.ToString())
        {
            if (char.IsUpper(letter) && word.Length > 0) word.Append('-');
            word.Append(char.ToLowerInvariant(letter));
        }

        return word.ToString();
    }
}
