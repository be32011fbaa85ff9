using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Gives YARP its one client to ISL, in which each replica has a replaceable pool of its own.</summary>
internal sealed class ReplicaClients(ForwardingClients clients) : IForwarderHttpClientFactory, IReplicaConnections, IDisposable
{
    private volatile ReplicaPools? _pools;

    public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context)
    {
        // YARP asks again whenever the replicas change; the client's own configuration stays the same.
        if (context.OldClient is { } old && context.NewConfig == context.OldConfig) return old;

        var first = new ForwarderHttpClientContext
        {
            ClusterId = context.ClusterId,
            NewConfig = context.NewConfig,
            NewMetadata = context.NewMetadata,
        };
        _pools = new ReplicaPools(() => clients.CreateClient(first));
        return new HttpMessageInvoker(_pools);
    }

    public void Dispose() => _pools?.Dispose();

    public void Renew(Uri replica) => _pools?.Renew(replica);

    public void Retain(IEnumerable<Uri> replicas) => _pools?.Retain(replicas);
}
