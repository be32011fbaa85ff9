namespace IslGateway.Settings;

/// <summary>How the replicas of ISL are found.</summary>
internal enum IslDiscovery
{
    /// <summary>Each address of <c>Isl:BaseUrl</c> is one replica.</summary>
    Static,

    /// <summary>
    /// Each A or AAAA record of the host is one replica, looked up again every five seconds, and asked and polled under that host's name.
    /// </summary>
    Dns,
}
