namespace IslGateway.Caching.Stores;

/// <summary>What a lookup found, and the trouble that it met: with several keys there can be both.</summary>
internal readonly record struct RedisReply(KeyedAnswer? Found, RedisTrouble Trouble);
