namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// A pool of connections for each replica, which can be replaced while calls are under way. May be used from any thread.
/// <code>
///   call      enters the replica's pool, and leaves it once its answer has begun: from then on its connection is its own
///   replaced  a pool gets no further calls, and is disposed when the last has left it; a connection that is in use then closes after its
///             answer
/// </code>
/// </summary>
/// <param name="create">Makes the client of one pool.</param>
internal sealed class ReplicaPools(Func<HttpMessageInvoker> create) : HttpMessageHandler
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Scheme, string Host, int Port), Pool> _pools = [];

    /// <summary>Replaces the pool of a replica.</summary>
    public void Renew(Uri replica) => Retire(name => name == NameOf(replica));

    /// <summary>Ends the pools of all other replicas.</summary>
    public void Retain(IEnumerable<Uri> replicas)
    {
        var kept = replicas.Select(NameOf).ToHashSet();
        Retire(name => !kept.Contains(name));
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Until this method returns to its caller the sending is the current one.
        if (request.Version.Major == 1 && request.Options.TryGetValue(UpstreamSend.Key, out var send))
        {
            send.Enter();
            WholeBody.Attach(request, send.Body);
        }

        var pool = Enter(NameOf(request.RequestUri!));
        try
        {
            return await pool.Client.SendAsync(request, cancellationToken);
        }
        finally
        {
            Leave(pool);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Retire(_ => true);
        base.Dispose(disposing);
    }

    /// <summary>Scheme, host and port: replicas that differ only in their paths share connections.</summary>
    private static (string Scheme, string Host, int Port) NameOf(Uri address) => (address.Scheme, address.IdnHost, address.Port);

    private Pool Enter((string Scheme, string Host, int Port) name)
    {
        lock (_gate)
        {
            if (!_pools.TryGetValue(name, out var pool)) _pools[name] = pool = new Pool(create());
            pool.Calls++;
            return pool;
        }
    }

    private void Leave(Pool pool)
    {
        bool isOver;
        lock (_gate) isOver = --pool.Calls == 0 && pool.IsRetired;
        if (isOver) pool.Client.Dispose();
    }

    private void Retire(Func<(string Scheme, string Host, int Port), bool> which)
    {
        var unused = new List<Pool>();
        lock (_gate)
        {
            foreach (var (name, pool) in _pools.Where(pool => which(pool.Key)).ToList())
            {
                _pools.Remove(name);
                pool.IsRetired = true;
                if (pool.Calls == 0) unused.Add(pool);
            }
        }

        foreach (var pool in unused) pool.Client.Dispose();
    }

    private sealed class Pool(HttpMessageInvoker client)
    {
        public HttpMessageInvoker Client { get; } = client;

        /// <summary>Calls whose answer has not begun.</summary>
        public int Calls { get; set; }

        public bool IsRetired { get; set; }
    }
}
