namespace IslGateway.Upstream;

/// <summary>Where ISL's replicas are, now: static addresses, or those that DNS names.</summary>
internal interface IReplicaSource
{
    /// <summary>Id and base address of each replica, and the name to ask for there where that is not in the address.</summary>
    IReadOnlyList<(string Id, Uri Address, string? Host)> Replicas { get; }
}
