namespace IslGateway.FunctionalTests.RedisFaults;

/// <summary>One answer to the load.</summary>
/// <param name="Kind">What was asked for.</param>
/// <param name="BegunAt">When, as a timestamp.</param>
/// <param name="Gateway">Milliseconds that the gateway says it took, without ISL.</param>
/// <param name="Wall">Milliseconds until the caller had the answer.</param>
/// <param name="Account">The account of the cache.</param>
/// <param name="Wrong">What was wrong with it; null: nothing.</param>
internal sealed record Asked(AskKind Kind, long BegunAt, double Gateway, double Wall, string Account, string? Wrong)
{
    public bool IsHit => Account.Contains("; hit;", StringComparison.Ordinal);

    public bool IsFromMemory => Account.EndsWith("detail=memory", StringComparison.Ordinal);

    public bool IsFromRedis => Account.EndsWith("detail=redis", StringComparison.Ordinal);
}
