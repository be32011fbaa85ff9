using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using IslGateway.Corpora;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator.Calls;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>Holds an answer, and what ISL saw, against what was expected of them.</summary>
internal sealed class ExpectationChecker(
    Expectation expected, RawAnswer answer, IReadOnlyList<CallRecord> calls, byte[] sent, IReadOnlyDictionary<string, RawAnswer> earlier)
{
    private readonly List<string> _wrong = [];

    /// <summary>One line for each expectation that does not hold: what was expected and what came.</summary>
    public IReadOnlyList<string> Check()
    {
        Compare("status", expected.Status, answer.Status);
        Compare("whole answer", expected.Whole, answer.IsWhole);
        if (expected.CacheStatus is { } status) Match("Cache-Status", status, answer.All("Cache-Status"));
        if (expected.Ttl is [var least, var most]) CheckTtl(least, most);
        foreach (var (name, pattern) in expected.Headers ?? new Dictionary<string, string?>())
            Match($"header {name}", pattern, answer.All(name));
        if (expected.Body is { } body) Compare("body", body, answer.Text);
        foreach (var text in expected.Contains ?? [])
            Hold($"'{text}' in the body", answer.Text.Contains(text, StringComparison.Ordinal), "it is not there");
        foreach (var text in expected.Excludes ?? []) Exclude(text);
        foreach (var (pointer, value) in expected.Json ?? new Dictionary<string, JsonElement>()) CheckJson(pointer, value);
        if (expected.SameBodyAs is { } same) Compare($"the body of step '{same}'", Anonymous(earlier[same]), Anonymous(answer));
        if (expected.DiffersFrom is { } other)
            Hold($"another body than step '{other}' had", Anonymous(earlier[other]) != Anonymous(answer), "it is the same");
        if (expected.Isl is { } isl) CheckIsl(isl);
        return _wrong;
    }

    private void Exclude(string text)
    {
        Hold($"no '{text}' in the body", !answer.Text.Contains(text, StringComparison.Ordinal), "it is there");
        foreach (var (name, value) in answer.Headers)
            Hold($"no '{text}' in any header", !value.Contains(text, StringComparison.Ordinal), $"{name} is '{value}'");
    }

    private void CheckTtl(int least, int most)
    {
        var ttl = Regex.Match(string.Join(',', answer.All("Cache-Status")), "; ttl=(-?[0-9]+);").Groups[1].Value;
        Hold(
            $"a ttl from {least} to {most}",
            int.TryParse(ttl, CultureInfo.InvariantCulture, out var seconds) && seconds >= least && seconds <= most, $"it is '{ttl}'");
    }

    private void CheckJson(string pointer, JsonElement value)
    {
        try
        {
            var found = JsonValues.At(pointer, answer.Body);
            if (found.Any(element => JsonElement.DeepEquals(element, value))) return;
            var actual = found.Count == 0 ? "not there" : string.Join(", ", found.Select(element => element.GetRawText()));
            _wrong.Add($"expected {pointer} to be {value.GetRawText()}, it is {actual}");
        }
        catch (JsonException)
        {
            _wrong.Add($"expected JSON with {pointer}, the body is none");
        }
    }

    private void CheckIsl(IslExpectation isl)
    {
        Compare("calls of ISL", isl.Calls, calls.Count);
        if (isl == new IslExpectation { Calls = isl.Calls }) return;
        if (calls.Count == 0)
        {
            _wrong.Add("expected a call of ISL, there was none");
            return;
        }

        var call = calls[^1];
        if (isl.Method is { } method) Compare("ISL's method", method, call.Method);
        if (isl.Target is { } target) Compare("ISL's target", target, call.Target);
        foreach (var (name, pattern) in isl.Headers ?? new Dictionary<string, string?>())
            Match(
                $"ISL's header {name}", pattern,
                [.. call.Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                    .Select(header => header.Value)]);
        if ((isl.Text ?? isl.Body?.GetRawText()) is { } body) Compare("ISL's body", body, call.BodyText);
        var request =
            $"{call.Target}\n{string.Join('\n', call.Headers.Select(header => $"{header.Key}: {header.Value}"))}\n{call.BodyText}";
        foreach (var text in isl.Excludes ?? [])
            Hold($"no '{text}' in ISL's request", !request.Contains(text, StringComparison.Ordinal), "it is there");
        if (isl.BodyAsSent is { } asSent)
            Compare("ISL's body is what was sent", asSent, call.BodySha256 == Convert.ToHexStringLower(SHA256.HashData(sent)));
    }

    /// <summary>The body without the id that is the answer's own.</summary>
    private static string Anonymous(RawAnswer of) =>
        of.All("X-Request-Id") is [{ Length: > 0 } id] ? of.Text.Replace($"\"{id}\"", "\"(its own)\"", StringComparison.Ordinal) : of.Text;

    private void Match(string what, string? pattern, string[] values)
    {
        if (pattern is null) Hold($"no {what}", values.Length == 0, $"it is '{string.Join('|', values)}'");
        else if (values.Length == 0) _wrong.Add($"expected {what} '{pattern}', there is none");
        else Hold(
            $"{what} '{pattern}'",
            Regex.IsMatch(string.Join('|', values), $"^{Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal)}$"),
            $"it is '{string.Join('|', values)}'");
    }

    private void Compare<T>(string what, T? wanted, T came)
    {
        if (wanted is not null) Hold($"{what} {wanted}", EqualityComparer<T>.Default.Equals(wanted, came), $"it is {came}");
    }

    private void Compare(string what, int? wanted, int came)
    {
        if (wanted is { } number) Hold($"{what} {number}", number == came, $"it is {came}");
    }

    private void Hold(string what, bool holds, string instead)
    {
        if (!holds) _wrong.Add($"expected {what}, {instead}");
    }
}
