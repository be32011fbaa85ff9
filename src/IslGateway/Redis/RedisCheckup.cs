namespace IslGateway.Redis;

/// <summary>What came of one look at Redis.</summary>
internal readonly record struct RedisCheckup
{
    /// <summary>Whether there is a connection that is not known to be broken.</summary>
    public bool IsConnected { get; init; }

    /// <summary>Whether there is none because Redis does not let the gateway in.</summary>
    public bool IsDenied { get; init; }

    /// <summary>Whether it said anything at all, be it a refusal.</summary>
    public bool Answered { get; init; }

    /// <summary>Whether it did so within what a request would have waited.</summary>
    public bool Prompt { get; init; }

    /// <summary>Whether it refused to read or to write.</summary>
    public bool Refused { get; init; }

    /// <summary>Masters of a cluster; 0 where there is none.</summary>
    public int Masters { get; init; }

    /// <summary>Those of them that are not connected, or did not answer.</summary>
    public int MastersAway { get; init; }
}
