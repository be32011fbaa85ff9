using System.Collections.Concurrent;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Keys;
using IslGateway.Journey;

namespace IslGateway.Caching.Filling;

/// <summary>Single flight: the fills under way, at most one per key.</summary>
internal sealed class FillBoard
{
    private readonly ConcurrentDictionary<Digest, Fill> _fills = new();

    /// <summary>Fills under way.</summary>
    public int Count => _fills.Count;

    /// <summary>Waits until no fill is under way.</summary>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        while (!_fills.IsEmpty) await Task.WhenAll(_fills.Values.Select(fill => fill.Completion)).WaitAsync(cancellationToken);
    }

    /// <summary>The fill under way for a key, if there is one.</summary>
    public Fill? Find(Digest key) => _fills.GetValueOrDefault(key);

    /// <summary>
    /// Joins the fill of a key, or starts one, detached from the caller: neither its cancellation nor its logging scope nor its trace
    /// context goes along.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="caller">Whose credential leads if there is none yet.</param>
    /// <param name="prepare">Takes from the caller what the work needs, before the caller can leave; null if it cannot be had.</param>
    /// <param name="run">Does the work; its exceptions are its own to turn into a result.</param>
    /// <param name="leads">Whether this caller started it.</param>
    /// <param name="passedOver">A fill that this caller does not join: another takes its place, and it goes on for who waits for it.</param>
    /// <returns>The fill; null if one had to be started and could not be prepared.</returns>
    public Fill? JoinOrStart(
        Digest key, Credential caller, Func<FillOrder?> prepare, Func<Fill, FillOrder, Task<FillResult>> run, out bool leads, Fill? passedOver = null)
    {
        FillOrder? order = null;
        while (true)
        {
            if (_fills.TryGetValue(key, out var running) && !ReferenceEquals(running, passedOver) && running.TryJoin())
            {
                order?.Dispose();
                leads = false;
                return running;
            }

            order ??= prepare();
            leads = true;
            if (order is null) return null;
            var fill = new Fill(key, caller) { Call = order.Call with { Body = default } };
            if (running is not null ? !_fills.TryUpdate(key, fill, running) : !_fills.TryAdd(key, fill)) continue;
            using (ExecutionContext.SuppressFlow())
            {
                _ = Task.Run(async () =>
                {
                    // Whatever goes wrong, nobody is left to wait for a fill that has ended.
                    var result = FillResult.Failed(Problems.Internal());
                    try
                    {
                        using (order) result = await run(fill, order);
                    }
                    finally
                    {
                        _fills.TryRemove(KeyValuePair.Create(key, fill));
                        fill.Complete(result);
                    }
                });
            }

            return fill;
        }
    }
}
