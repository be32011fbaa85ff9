namespace IslGateway.Redis;

/// <summary>
/// How long one request has waited for Redis in all its look-ups: <c>Cache:LookupBudget</c> and <c>Cache:LookupLimit</c> are for all
/// together.
/// </summary>
internal sealed class RedisPatience
{
    /// <summary>How long it has waited, its turn included.</summary>
    public TimeSpan Waited { get; set; }

    /// <summary>
    /// Whether it has waited in vain for as long as it may: then what it starts asks Redis for nothing more that it would wait for.
    /// </summary>
    public bool IsSpent { get; set; }

    /// <summary>How long it has waited for a Redis that said nothing to anybody, and in vain.</summary>
    public TimeSpan Silence { get; set; }
}
