namespace IslGateway.Upstream;

/// <summary>
/// The connections to ISL's replicas. A connection may lead through a balancer, or to a process that a deployment has replaced.
/// </summary>
internal interface IReplicaConnections
{
    /// <summary>
    /// Makes new calls to a replica use new connections, because the old ones may lead to a previous process at the same address. Running
    /// calls end on theirs.
    /// </summary>
    /// <param name="replica">Its base address.</param>
    void Renew(Uri replica);

    /// <summary>Gives up the connections to all other replicas.</summary>
    /// <param name="replicas">Their base addresses.</param>
    void Retain(IEnumerable<Uri> replicas);
}
