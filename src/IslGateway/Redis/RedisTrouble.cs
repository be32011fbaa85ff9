namespace IslGateway.Redis;

/// <summary>What can go wrong between the gateway and Redis; each is a miss to the caller.</summary>
internal enum RedisTrouble
{
    None,

    /// <summary>No answer within the budget.</summary>
    Timeout,

    /// <summary>Not connected, loading or failing over, or left alone for a while after such trouble.</summary>
    Unavailable,

    /// <summary>Answered by an error: out of memory, read-only, not permitted.</summary>
    Refused,

    /// <summary>A value under one of our keys that is no envelope of that key, or no string.</summary>
    Garbage,

    /// <summary>A value in clear text, where <c>Cache:EncryptionKeys</c> are set.</summary>
    Unsealed,

    /// <summary>A value that was sealed with a key which is not among ours.</summary>
    UnknownKey,

    /// <summary>A sealed value that does not open: altered, forged, or put under another name.</summary>
    Altered,
}
