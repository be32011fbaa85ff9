using System.Text.Json;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>One rule, and what shows it.</summary>
internal sealed record ConformanceRow
{
    /// <summary>Unique in its file; reads as a sentence.</summary>
    public required string Name { get; init; }

    /// <summary>Where the rule stands: <c>DESIGN 3.6</c>, <c>RFC 9111 5.2.1</c>, <c>ISL 5</c>.</summary>
    public required string Rule { get; init; }

    /// <summary>The gateway's settings, by their full names.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The simulator's knobs, as <c>POST /_sim</c> takes them, turned before the first step.</summary>
    public JsonElement? Isl { get; init; }

    /// <summary>Puts an upstream of given bytes in the simulator's place.</summary>
    public ScriptSpec? Scripted { get; init; }

    /// <summary>Objects whose members replace <c>${name}</c> in the row: one test for each. Filled in by the loader.</summary>
    public JsonElement? Cases { get; init; }

    public required IReadOnlyList<StepSpec> Steps { get; init; }
}
