namespace IslGateway.Upstream;

/// <summary>
/// The connections over which ISL's replicas are called. A balancer, and a deployment, may stand between a connection and its replica.
/// </summary>
internal interface IReplicaConnections
{
    /// <summary>
    /// Calls to a replica that begin from now on go over new connections: the old ones may lead to what stood behind its address before.
    /// Calls that are under way end on theirs.
    /// </summary>
    /// <param name="replica">Its base address.</param>
    void Renew(Uri replica);

    /// <summary>Gives up the connections to all but these replicas.</summary>
    /// <param name="replicas">Their base addresses.</param>
    void Retain(IEnumerable<Uri> replicas);
}
