using System.Text.Json;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>What ISL saw since the step began, health polls apart: how many calls, and of the last one, what it was.</summary>
internal sealed record IslExpectation
{
    public int? Calls { get; init; }

    public string? Method { get; init; }

    /// <summary>The raw target.</summary>
    public string? Target { get; init; }

    /// <summary>Patterns by name; the values of repeated lines joined by <c>|</c>; null: the header is not there.</summary>
    public IReadOnlyDictionary<string, string?>? Headers { get; init; }

    /// <summary>The body, as it is spelt in the file.</summary>
    public JsonElement? Body { get; init; }

    /// <summary>The body, word for word.</summary>
    public string? Text { get; init; }

    /// <summary>Texts that stand nowhere in the request that ISL saw.</summary>
    public IReadOnlyList<string>? Excludes { get; init; }

    /// <summary>True: the body is the bytes that were sent.</summary>
    public bool? BodyAsSent { get; init; }
}
