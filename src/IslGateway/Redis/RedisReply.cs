namespace IslGateway.Redis;

/// <summary>What Redis answered, or the trouble instead.</summary>
internal readonly record struct RedisReply<T>(T? Value, RedisTrouble Trouble)
{
    /// <summary>Whether Redis answered.</summary>
    public bool IsOk => Trouble == RedisTrouble.None;
}
