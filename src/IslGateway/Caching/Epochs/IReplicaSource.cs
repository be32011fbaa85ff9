namespace IslGateway.Caching.Epochs;

/// <summary>Where ISL's replicas are, now: static addresses, or those that DNS names.</summary>
internal interface IReplicaSource
{
    /// <summary>Id and base address of each replica.</summary>
    IReadOnlyList<(string Id, Uri Address)> Replicas { get; }
}
