namespace IslGateway.Upstream;

/// <summary>Where ISL's replicas are now: static addresses, or those that DNS gives.</summary>
internal interface IReplicaSource
{
    /// <summary>Id and base address of each replica, and its host name if the address does not contain it.</summary>
    IReadOnlyList<(string Id, Uri Address, string? Host)> Replicas { get; }
}
