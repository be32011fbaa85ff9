namespace IslGateway.Redis;

/// <summary>How a lease ends.</summary>
internal enum LeaseEnd
{
    /// <summary>The answer is in Redis for all, or ISL was never asked: whoever waits finds it, or is next.</summary>
    Released,

    /// <summary>ISL was asked and nothing was stored: whoever waits asks for itself, all at once rather than one after the other.</summary>
    NotStored,
}
