using System.Net;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Looks up names, one lookup of a name at a time for all who want it. The system's own cannot be broken off: it holds a thread until a
/// slow name server has answered, and .NET lines up the lookups of one name behind each other. Whoever waits leaves when its own time is
/// over, and nothing is remembered.
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
