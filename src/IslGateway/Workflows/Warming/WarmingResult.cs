namespace IslGateway.Workflows.Warming;

/// <summary>What became of one line under one credential.</summary>
/// <param name="Line">The line's number, from 1.</param>
/// <param name="Kind">The word that it is counted under.</param>
internal sealed record WarmingResult(long Line, WarmingKind Kind)
{
    /// <summary>The credential's place in <c>Warming:Credentials</c>, from 1; null where there is one at most.</summary>
    public int? Credential { get; init; }

    /// <summary>The answer's status; null where nothing was asked.</summary>
    public int? Status { get; init; }

    /// <summary>What the cache did; null where nothing was asked.</summary>
    public string? CacheStatus { get; init; }

    /// <summary>Why nothing was asked.</summary>
    public string? Error { get; init; }

    public static WarmingResult Malformed(long line, string error) => new(line, WarmingKind.Malformed) { Error = error };

    public static WarmingResult NotAsked(long line, string error) => new(line, WarmingKind.Failed) { Error = error };
}
