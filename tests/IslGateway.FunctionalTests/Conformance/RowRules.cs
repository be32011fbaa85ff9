namespace IslGateway.FunctionalTests.Conformance;

/// <summary>What a row must be beyond its types: able to run, and able to fail.</summary>
internal static class RowRules
{
    private static readonly Expectation Nothing = new();

    /// <exception cref="FormatException">Names the row and the step.</exception>
    public static void Check(string where, ConformanceRow row)
    {
        if (row.Name.Length == 0 || row.Rule.Length == 0) throw new FormatException($"{where}: name and rule are texts.");
        if (row.Isl is not null && row.Scripted is not null) throw new FormatException($"{where}: isl and scripted exclude each other.");
        if (!row.Steps.Any(step => step.Expect is not null || step.Probe is not null))
            throw new FormatException($"{where}: no step expects anything.");
        var names = new HashSet<string>();
        for (var i = 0; i < row.Steps.Count; i++)
        {
            if (Wrong(row.Steps[i], row, names) is { } wrong) throw new FormatException($"{where}, step {i + 1}: {wrong}.");
            names.Add(row.Steps[i].As ?? $"{i + 1}");
        }

        if (row.Steps.FirstOrDefault(step => step.Begin is not null && !row.Steps.Any(end => end.End == step.As)) is { } left)
            throw new FormatException($"{where}: '{left.As}' is begun and never looked at.");
    }

    private static string? Wrong(StepSpec step, ConformanceRow row, HashSet<string> earlier)
    {
        object?[] kinds = [step.Send, step.Begin, step.End, step.Probe, step.Turn, step.Set, step.Pass, step.Await];
        return kinds.Count(kind => kind is not null) != 1 ? "a step is one of send, begin, end, probe, turn, set, pass and await"
            : (step.Send ?? step.Begin) is { } request && Wrong(request) is { } broken ? broken
            : step is { Send: not null } or { End: not null }
                && (step.Expect is null || step.Expect == Nothing) ? "the answer is not looked at"
            : step is { Send: null, End: null, Expect: not null } ? "only an answer can be expected to be something"
            : step.Expect?.Isl is { } isl && isl == new IslExpectation() ? "an empty isl checks nothing"
            : step.Expect?.Ttl is { Length: not 2 } ? "ttl is the least and the most"
            : step is { Begin: not null, As: null } ? "what is begun needs a name"
            : step.Times < 1 || (step.Times > 1 && step.Send is null) ? "times is for send, and at least 1"
            : step.As is { } name && earlier.Contains(name) ? $"there is another step '{name}'"
            : new[] { step.End, step.Expect?.SameBodyAs, step.Expect?.DiffersFrom }.FirstOrDefault(
                other => other is not null && !earlier.Contains(other)) is { } unknown
                ? $"no earlier step is '{unknown}'"
            : row.Scripted is not null && step.Probe is not null ? "a probe is for the simulator: a script answers anything"
            : row.Scripted is not null && (step.Turn is not null || step.Await is not null) ? "a scripted upstream has no knobs"
            : null;
    }

    private static string? Wrong(RequestSpec request)
    {
        if (request.Raw is not null)
        {
            return request == new RequestSpec { Raw = request.Raw } ? null : "raw is the whole message and stands alone";
        }

        return request.Target is null ? "the request has no target"
            : new object?[] { request.Body, request.Text, request.Hex }.Count(body => body is not null) > 1 ? "a request has one body"
            : request.Headers!.Any(header => header.Length != 2) ? "a header is a name and a value"
            : null;
    }
}
