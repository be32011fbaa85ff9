namespace IslGateway.Redis;

/// <summary>
/// How long one request has waited for Redis in all its look-ups: <c>Cache:LookupBudget</c> and <c>Cache:LookupLimit</c> are for all
/// together.
/// </summary>
internal sealed class RedisPatience
{
    /// <summary>How long it has waited, its turn included.</summary>
    public TimeSpan Waited { get; set; }

    /// <summary>How long it has waited for a Redis that said nothing to anybody, and in vain.</summary>
    public TimeSpan Silence { get; set; }
}
