namespace IslGateway.Caching.Stores;

/// <summary>What the breaker needs to know of a reply.</summary>
internal interface IRedisReply
{
    RedisTrouble Trouble { get; }
}
