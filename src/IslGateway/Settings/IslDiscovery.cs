namespace IslGateway.Settings;

/// <summary>How the replicas of ISL are found.</summary>
internal enum IslDiscovery
{
    /// <summary>Each address of <c>Isl:BaseUrl</c> is one replica.</summary>
    Static,

    /// <summary>Each A or AAAA record of the host is one replica, followed live.</summary>
    Dns,
}
