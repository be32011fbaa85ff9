using System.Text.RegularExpressions;

namespace IslGateway.FunctionalTests.Monitoring;

/// <summary>
/// An expression of PromQL, taken apart as far as these tests need: what it selects, and by which labels it groups or joins.
/// </summary>
internal sealed partial class PromQl
{
    private const StringSplitOptions Tidy = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    private static readonly string[] Keywords = ["and", "or", "unless", "bool", "by", "on", "without", "ignoring", "offset", "Inf"];

    public PromQl(string text)
    {
        Text = text;
        Selectors = [.. SelectorPattern().Matches(text).Select(match => new PromSelector(
            match.Groups["name"].Value,
            [.. Matcher().Matches(match.Groups["matchers"].Value)
                .Select(m => (m.Groups["label"].Value, m.Groups["operator"].Value, m.Groups["value"].Value))]))];
        Labels = [.. Grouping().Matches(text).SelectMany(match => match.Groups["labels"].Value.Split(',', Tidy)).Distinct()];
        var rest = Range().Replace(Grouping().Replace(SelectorPattern().Replace(text, " "), " "), " ");
        Unselected = [.. Name().Matches(rest).Select(match => match.Value).Except(Keywords)];
    }

    public string Text { get; }

    public IReadOnlyList<PromSelector> Selectors { get; }

    /// <summary>The labels of <c>by</c>, <c>on</c> and <c>group_left</c>.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Names that stand without braces and are no function: what would select series of any job.</summary>
    public IReadOnlyList<string> Unselected { get; }

    public override string ToString() => Text;

    [GeneratedRegex(@"(?<name>[a-zA-Z_][\w:]*)\{(?<matchers>[^}]*)\}")]
    private static partial Regex SelectorPattern();

    [GeneratedRegex("""(?<label>\w+)\s*(?<operator>=~|!~|!=|=)\s*"(?<value>[^"]*)""")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\b(?:by|on|without|ignoring|group_left|group_right)\s*\((?<labels>[^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\[[^\]]*\]|\boffset\s+\w+")]
    private static partial Regex Range();

    [GeneratedRegex(@"(?<![\w:.])[a-zA-Z_][\w:]*(?![\w:]|\s*\()")]
    private static partial Regex Name();
}
