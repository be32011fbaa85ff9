namespace IslGateway.Settings.Reading;

/// <summary>Guesses which name a misspelt one was meant to be.</summary>
internal static class Spelling
{
    /// <summary>The nearest candidate that one slip in every three characters (at most three) could have turned into the word.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        var slips = Math.Clamp(word.Length / 3, 1, 3);
        return candidates
            .Where(candidate => Math.Abs(candidate.Length - word.Length) <= slips)
            .Select(candidate => (Name: candidate, Distance: Distance(word, candidate)))
            .Where(candidate => candidate.Distance <= slips)
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
    }

    // Levenshtein, one row at a time, in any case.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]);
                var replaced = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
