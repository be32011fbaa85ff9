using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Connects to the address of a name that answers first (RFC 8305, "Happy Eyeballs"), so that an address that swallows connections does not
/// make callers wait.
/// <code>
///   order    the resolver's, its families in turn; those that another has overtaken come last for 30 s
///   begin    the first at once; the next 250 ms after the one before, or as soon as one fails
///   end      the first connection wins: attempts that still run are broken off, and what they bring all the same is closed
/// </code>
/// </summary>
/// <param name="connect">Connects to one address.</param>
/// <param name="time">The clock for the 250 ms.</param>
internal sealed class AddressRace(Func<IPEndPoint, CancellationToken, Task<Stream>> connect, TimeProvider time)
{
    /// <summary>RFC 8305's Connection Attempt Delay.</summary>
    private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<IPEndPoint, long> _overtaken = new();

    /// <param name="addresses">A name's addresses, in the order of the resolver.</param>
    /// <param name="port">The port at each of them.</param>
    /// <param name="cancellationToken">Ends all attempts.</param>
    /// <exception cref="SocketException">No address can be connected to; the exception of the first one that failed.</exception>
    public async Task<Stream> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        var order = Order(addresses, port);
        var attempts = new List<Task<Stream>>(order.Count);
        var running = new HashSet<Task<Stream>>();
        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var lead = Task.CompletedTask;
        Exception? failure = null;
        try
        {
            while (running.Count > 0 || attempts.Count < order.Count)
            {
                if (attempts.Count < order.Count && lead.IsCompleted)
                {
                    var begun = connect(order[attempts.Count], race.Token);
                    attempts.Add(begun);
                    running.Add(begun);
                    lead = Task.Delay(attempts.Count < order.Count ? Lead : TimeSpan.Zero, time, race.Token);
                }

                IEnumerable<Task> awaited = attempts.Count < order.Count ? [.. running, lead] : running;
                if (await Task.WhenAny(awaited).WaitAsync(cancellationToken) is not Task<Stream> ended) continue;
                running.Remove(ended);
                try
                {
                    var stream = await ended;
                    Remember(order, attempts.IndexOf(ended));
                    return stream;
                }
                catch (Exception e) when (!cancellationToken.IsCancellationRequested)
                {
                    failure ??= e;
                    lead = Task.CompletedTask;
                }
            }
        }
        finally
        {
            await race.CancelAsync();
            foreach (var late in running) _ = CloseAsync(late);
        }

        throw failure ?? new SocketException((int)SocketError.HostNotFound);
    }

    private List<IPEndPoint> Order(IReadOnlyList<IPAddress> addresses, int port)
    {
        // One address of each family in turn, beginning with the family of the resolver's first.
        var families = addresses.GroupBy(address => address.AddressFamily).Select(family => family.ToList()).ToList();
        var turns = families.Count == 0 ? 0 : families.Max(family => family.Count);
        var endpoints = Enumerable.Range(0, turns)
            .SelectMany(turn => families.Where(family => turn < family.Count).Select(family => new IPEndPoint(family[turn], port)));
        return [.. endpoints.OrderBy(IsOvertaken)];
    }

    private bool IsOvertaken(IPEndPoint endpoint) => _overtaken.TryGetValue(endpoint, out var at) && time.GetElapsedTime(at) < Remembered;

    /// <summary>Remembers the addresses tried before the winner, which failed or were silent too long.</summary>
    private void Remember(List<IPEndPoint> order, int winner)
    {
        _overtaken.TryRemove(order[winner], out _);
        if (winner == 0) return;
        foreach (var (endpoint, at) in _overtaken)
        {
            if (time.GetElapsedTime(at) >= Remembered) _overtaken.TryRemove(endpoint, out _);
        }

        foreach (var slower in order.Take(winner)) _overtaken[slower] = time.GetTimestamp();
    }

    private static async Task CloseAsync(Task<Stream> late)
    {
        try
        {
            await (await late).DisposeAsync();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or IOException)
        {
            // The attempt was cancelled, or has failed by itself.
        }
    }
}
