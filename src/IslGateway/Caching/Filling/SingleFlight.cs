using System.Collections.Concurrent;
using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>Single flight: the fills under way, at most one per key.</summary>
/// <param name="scheduler">Runs the fills; the thread pool unless given.</param>
internal sealed class SingleFlight(TaskScheduler? scheduler = null)
{
    /// <summary>
    /// How a fill ends whose work went wrong in a way that it did not foresee. Made beforehand: there may be no memory left then.
    /// </summary>
    private static readonly FillResult Broken = FillResult.Failed(Problems.Internal());

    private static readonly FillResult NotStarted = FillResult.NotSent(Problems.BuffersFull());

    private readonly ConcurrentDictionary<Digest, Flight> _fills = new();

    /// <summary>Fills under way.</summary>
    public int Count => _fills.Count;

    /// <summary>Waits until no fill is under way.</summary>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        while (!_fills.IsEmpty) await Task.WhenAll(_fills.Values.Select(flight => flight.Completion)).WaitAsync(cancellationToken);
    }

    /// <summary>What is under way now is dropped: the process ends, and what a fill needs may go before it does.</summary>
    public void GiveUp()
    {
        foreach (var flight in _fills.Values) flight.IsGivenUp = true;
    }

    /// <summary>The fill under way for a key, if there is one.</summary>
    public Flight? Find(Digest key) => _fills.GetValueOrDefault(key);

    /// <summary>
    /// Joins the fill of a key, or starts one, detached from the caller: neither its cancellation nor its logging scope nor its trace
    /// context goes along.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="caller">Whose credential leads if there is none yet.</param>
    /// <param name="prepare">Takes from the caller what the work needs, before the caller can leave; null if it cannot be had.</param>
    /// <param name="run">Does the work; its exceptions are its own to turn into a result.</param>
    /// <param name="leads">Whether this caller started it.</param>
    /// <param name="passedOver">
    /// A fill that this caller does not join: another takes its place, and it goes on for who waits for it.
    /// </param>
    /// <returns>The fill; null if one had to be started and there was no room for it.</returns>
    public Flight? JoinOrStart(
        Digest key, Credential caller, Func<FillRequest?> prepare, Func<Flight, FillRequest, Task<FillResult>> run,
        out bool leads, Flight? passedOver = null)
    {
        leads = true;
        FillRequest? fill = null;
        Flight? flight = null;
        Task? work = null;
        try
        {
            while (true)
            {
                if (_fills.TryGetValue(key, out var running) && !ReferenceEquals(running, passedOver) && running.TryJoin())
                {
                    fill?.Dispose();
                    leads = false;
                    return running;
                }

                fill ??= prepare();
                if (fill is null) return null;
                flight ??= new Flight(key, caller) { BackgroundSince = fill.BackgroundSince, Call = fill.Call with { Body = default } };
                work ??= Work(flight, fill, run);
                if (running is not null ? !_fills.TryUpdate(key, flight, running) : !_fills.TryAdd(key, flight)) continue;
                work.Start(scheduler ?? TaskScheduler.Default);
                return flight;
            }
        }
        catch (Exception e) when (e is OutOfMemoryException or TaskSchedulerException)
        {
            // What was published and never ran must not keep its key from being asked again.
            if (flight is not null) End(flight, NotStarted);
            fill?.Dispose();
            return null;
        }
    }

    /// <summary>The work of a fill, all of it made before the fill is there to be joined.</summary>
    private Task Work(Flight flight, FillRequest fill, Func<Flight, FillRequest, Task<FillResult>> run)
    {
        using var detached = ExecutionContext.SuppressFlow();
        return new Task(() =>
        {
            // Too little memory to wait for anything shows here, before any of its own steps can.
            if (RunAsync(flight, fill, run).IsFaulted) End(flight, Broken);
        });
    }

    private async Task RunAsync(Flight flight, FillRequest fill, Func<Flight, FillRequest, Task<FillResult>> run)
    {
        // Whatever goes wrong, nobody is left to wait for a fill that has ended.
        var result = Broken;
        try
        {
            using (fill) result = await run(flight, fill);
        }
        finally
        {
            End(flight, result);
        }
    }

    private void End(Flight flight, FillResult result)
    {
        _fills.TryRemove(KeyValuePair.Create(flight.Key, flight));
        flight.Complete(result);
    }
}
