namespace IslGateway.Caching.Filling;

/// <summary>What a fill does next about its lease.</summary>
internal enum LeaseStep
{
    /// <summary>Another gateway's answer is there: nothing is left to do.</summary>
    Serve,

    /// <summary>The lease is held: fill, and the other gateways wait.</summary>
    Fill,

    /// <summary>Fill, whatever the other gateways do.</summary>
    FillWithout,

    /// <summary>Another gateway is filling: look again later.</summary>
    Wait,
}
