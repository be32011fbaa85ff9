using System.Net;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Looks up names, one lookup per name at a time for all who need it. The system's lookup cannot be cancelled: it holds a thread until a
/// slow name server answers, and .NET runs the lookups of one name one after the other. Here each caller leaves when its own time is over.
/// Results are not remembered.
/// </summary>
/// <param name="lookup">The addresses of a name; throws if there are none.</param>
internal sealed class HostLookups(Func<string, Task<IPAddress[]>> lookup)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<IPAddress[]>> _running = new(StringComparer.OrdinalIgnoreCase);

    public Task<IPAddress[]> AddressesOfAsync(string host, CancellationToken cancellationToken)
    {
        Task<IPAddress[]>? running;
        lock (_gate)
        {
            if (!_running.TryGetValue(host, out running))
                _running[host] = running = Task.Run(() => LookUpAsync(host), CancellationToken.None);
        }

        return running.WaitAsync(cancellationToken);
    }

    private async Task<IPAddress[]> LookUpAsync(string host)
    {
        try
        {
            return await lookup(host);
        }
        finally
        {
            lock (_gate) _running.Remove(host);
        }
    }
}
