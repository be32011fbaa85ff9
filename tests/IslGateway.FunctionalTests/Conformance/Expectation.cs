using System.Text.Json;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>What an answer has to be. In patterns <c>*</c> stands for any text.</summary>
internal sealed record Expectation
{
    public int? Status { get; init; }

    /// <summary>A pattern for the gateway's <c>Cache-Status</c>.</summary>
    public string? CacheStatus { get; init; }

    /// <summary>The least and the most seconds that <c>Cache-Status</c> says an entry stays fresh.</summary>
    public int[]? Ttl { get; init; }

    /// <summary>Patterns by name; null: the header is not there.</summary>
    public IReadOnlyDictionary<string, string?>? Headers { get; init; }

    /// <summary>The body, word for word.</summary>
    public string? Body { get; init; }

    /// <summary>Texts that stand in the body.</summary>
    public IReadOnlyList<string>? Contains { get; init; }

    /// <summary>Texts that stand neither in the body nor in any header.</summary>
    public IReadOnlyList<string>? Excludes { get; init; }

    /// <summary>JSON pointers into the body and the values there.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Json { get; init; }

    /// <summary>The body is that of an earlier step, each one's own request id apart.</summary>
    public string? SameBodyAs { get; init; }

    /// <summary>The opposite.</summary>
    public string? DiffersFrom { get; init; }

    /// <summary>False: the answer broke off and the caller can tell.</summary>
    public bool Whole { get; init; } = true;

    /// <summary>What ISL saw meanwhile.</summary>
    public IslExpectation? Isl { get; init; }
}
