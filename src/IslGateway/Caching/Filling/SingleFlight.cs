using System.Collections.Concurrent;
using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>Single flight: the running fills, at most one per key.</summary>
/// <param name="scheduler">Runs the fills that nobody waits for; the thread pool unless given.</param>
internal sealed class SingleFlight(TaskScheduler? scheduler = null)
{
    /// <summary>The result of a fill that ended in an unforeseen way. Made in advance, since there may be no memory left then.</summary>
    private static readonly FillResult Broken = FillResult.Failed(Problems.Internal());

    private static readonly FillResult NotStarted = FillResult.NotSent(Problems.BuffersFull());

    /// <summary>The context of a thread that works for nobody.</summary>
    private static readonly ExecutionContext Detached = CaptureDetached();

    private readonly ConcurrentDictionary<Digest, Flight> _fills = new();

    /// <summary>How many fills are running.</summary>
    public int Count => _fills.Count;

    /// <summary>Waits until no fill is running.</summary>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        while (!_fills.IsEmpty) await Task.WhenAll(_fills.Values.Select(flight => flight.Completion)).WaitAsync(cancellationToken);
    }

    /// <summary>Gives up all running fills: the process is ending, and services that a fill needs may be gone before it ends.</summary>
    public void GiveUp()
    {
        foreach (var flight in _fills.Values) flight.IsGivenUp = true;
    }

    /// <summary>The running fill of a key; null if there is none.</summary>
    public Flight? Find(Digest key) => _fills.GetValueOrDefault(key);

    /// <summary>
    /// Joins the fill of a key, or starts one that is detached from the caller: the caller's cancellation, logging scope and trace context
    /// do not reach it. Its first steps, until it has to wait for something, are made on the caller's thread, which would otherwise only
    /// wake another one for them; those of a background refresh are not, because its caller waits for nothing.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="caller">The caller's credential, which leads a fill that is started.</param>
    /// <param name="prepare">Copies from the caller what the fill needs, before the caller can leave; null if there is no room.</param>
    /// <param name="run">Runs the fill; it must turn its own exceptions into a result.</param>
    /// <param name="leads">Whether this caller started the fill.</param>
    /// <param name="passedOver">
    /// A fill that this caller must not join: another takes its place under the key, and it goes on for those who wait for it.
    /// </param>
    /// <returns>The fill; null if one had to be started and there was no room.</returns>
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
                if (fill.BackgroundSince is not null) work ??= Work(flight, fill, run);
                if (running is not null ? !_fills.TryUpdate(key, flight, running) : !_fills.TryAdd(key, flight)) continue;
                if (work is not null) work.Start(scheduler ?? TaskScheduler.Default);
                else ExecutionContext.Run(Detached, _ => Begin(flight, fill, run), null);
                return flight;
            }
        }
        catch (Exception e) when (e is OutOfMemoryException or TaskSchedulerException)
        {
            // The fill is visible under its key but will never run, so it must end, or the key could never be filled again.
            if (flight is not null) End(flight, NotStarted);
            fill?.Dispose();
            return null;
        }
    }

    /// <summary>The task of a fill, with all that it needs allocated before others can join the fill.</summary>
    private Task Work(Flight flight, FillRequest fill, Func<Flight, FillRequest, Task<FillResult>> run)
    {
        using var detached = ExecutionContext.SuppressFlow();
        return new Task(() => Begin(flight, fill, run));
    }

    private void Begin(Flight flight, FillRequest fill, Func<Flight, FillRequest, Task<FillResult>> run)
    {
        try
        {
            // If there is too little memory to wait for anything it shows here, before the fill's own first step.
            if (RunAsync(flight, fill, run).IsFaulted) End(flight, Broken);
        }
        catch (OutOfMemoryException)
        {
            End(flight, Broken);
        }
    }

    private async Task RunAsync(Flight flight, FillRequest fill, Func<Flight, FillRequest, Task<FillResult>> run)
    {
        // Whatever goes wrong, the fill ends with a result for those who wait.
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

    private static ExecutionContext CaptureDetached()
    {
        ExecutionContext? context = null;
        var thread = new Thread(() => context = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return context!;
    }

    private void End(Flight flight, FillResult result)
    {
        _fills.TryRemove(KeyValuePair.Create(flight.Key, flight));
        flight.Complete(result);
    }
}
