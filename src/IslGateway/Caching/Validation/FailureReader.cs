using System.Text.Json;
using IslGateway.Outcomes;
using Json.Schema;

namespace IslGateway.Caching.Validation;

/// <summary>
/// Reads an evaluation's failures in the order of the schema. Of several alternatives those count whose kind of value was given: who sends
/// an object is told what is wrong with the object, not that a list would do, too.
/// </summary>
internal sealed class FailureReader(int most)
{
    /// <summary>The longest pointer that an error repeats, since a body's names may be of any length.</summary>
    private const int MaxPointer = 500;

    private readonly List<ValidationFailure> _failures = [];
    private readonly HashSet<ValidationFailure> _seen = [];

    /// <summary>The failures of an evaluation that says that there are some.</summary>
    public static CheckResult Read(EvaluationResults results, int most)
    {
        var reader = new FailureReader(most);
        reader.Walk(results);
        return reader._failures.Count == 0
            ? CheckResult.Unchecked
            : new CheckResult(reader._failures, reader._seen.Count - reader._failures.Count);
    }

    private void Walk(EvaluationResults node)
    {
        if (node.IsValid) return;
        var place = node.InstanceLocation.ToString();
        if (Expected(node) is { } expected)
        {
            Add(place, "Input should be " + expected);
            return;
        }

        foreach (var (keyword, error) in node.Errors ?? []) Take(place, keyword, error);
        foreach (var child in Children(node).Where(child => !IsAlternative(node, child))) Walk(child);
        WalkAlternatives(node, place);
    }

    private void WalkAlternatives(EvaluationResults node, string place)
    {
        var alternatives = Children(node).Where(child => IsAlternative(node, child)).ToList();
        if (alternatives.Count == 0 || alternatives.Exists(child => child.IsValid)) return;
        var fitting = alternatives.Where(child => Mismatches(child).Count == 0).ToList();
        foreach (var alternative in fitting) Walk(alternative);
        if (fitting.Count == 0) Add(place, "Input should be " + Container.OneOf(alternatives.SelectMany(Mismatches)));
    }

    private void Take(string place, string keyword, string error)
    {
        switch (keyword)
        {
            case MembersKeyword.Keyword:
                foreach (var name in JsonSerializer.Deserialize<string[]>(error)!) Add($"{place}/{Escape(name)}", "Field required");
                break;
            case ElementsKeyword.Keyword:
                var end = error.IndexOf(ElementsKeyword.Separator, StringComparison.Ordinal);
                foreach (var index in error[..end].Split(' ')) Add($"{place}/{index}", error[(end + 1)..]);
                break;
            case ValuesKeyword.Keyword:
                Add(place, error);
                break;
        }
    }

    private void Add(string pointer, string message)
    {
        var failure = new ValidationFailure(pointer.Length <= MaxPointer ? pointer : pointer[..MaxPointer] + "…", message);
        if (_seen.Add(failure) && _failures.Count < most) _failures.Add(failure);
    }

    /// <summary>What was expected instead of the kind of the value at this place, by each way to it; empty if the kind is right.</summary>
    private static List<string> Mismatches(EvaluationResults node)
    {
        if (node.IsValid) return [];
        if (Expected(node) is { } expected) return [expected];
        var here = Children(node).Where(child => child.InstanceLocation.Equals(node.InstanceLocation)).ToList();
        var conjoined = here.Where(child => !IsAlternative(node, child)).SelectMany(Mismatches).ToList();
        if (conjoined.Count > 0) return conjoined;
        var alternatives = here.Where(child => IsAlternative(node, child)).Select(Mismatches).ToList();
        return alternatives.TrueForAll(mismatches => mismatches.Count > 0) ? [.. alternatives.SelectMany(static all => all)] : [];
    }

    private static string? Expected(EvaluationResults node) => node.Errors?.GetValueOrDefault(ContainerKeyword.Keyword);

    private static List<EvaluationResults> Children(EvaluationResults node) => node.Details ?? [];

    /// <summary>Whether a child is the result of one of several schemas of which one must fit.</summary>
    private static bool IsAlternative(EvaluationResults node, EvaluationResults child) =>
        child.EvaluationPath.GetSegment(node.EvaluationPath.SegmentCount).Equals("anyOf");

    private static string Escape(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
