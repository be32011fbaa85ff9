using System.Diagnostics;
using IslGateway.Caching.Filling;
using IslGateway.Edge;
using Microsoft.Extensions.Options;

namespace IslGateway.Operations;

/// <summary>
/// Logs that the gateway was told to stop and what it still has to do, and at the end whether all of it was done: so whoever stops it
/// learns whether it was given enough time.
/// </summary>
internal sealed partial class Drain(RequestCount requests, SingleFlight fills, IOptions<HostOptions> host, ILogger<Drain> logger)
    : IHostedLifecycleService
{
    private long _beganAt;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <param name="cancellationToken">Cancelled when the time is up.</param>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _beganAt = Stopwatch.GetTimestamp();
        requests.Drain(cancellationToken);
        LogBegun(requests.UnderWay, fills.Count, host.Value.ShutdownTimeout.TotalSeconds);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        var (left, calls, elapsed) = (requests.Unserved, fills.Count, Stopwatch.GetElapsedTime(_beganAt).TotalMilliseconds);
        if (left == 0 && calls == 0) LogDrained(elapsed);
        else LogGaveUp(elapsed, left, calls);
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Told to stop: requests under way {Requests}, calls to ISL under way or waiting {Calls}; "
        + "they have {Seconds:0.###} s at the most (Shutdown:ReadinessDelay + Shutdown:DrainTimeout)")]
    private partial void LogBegun(int requests, int calls, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Drained in {ElapsedMs:0} ms: nothing was cut off")]
    private partial void LogDrained(double elapsedMs);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Gave up after {ElapsedMs:0} ms: requests cut off {Requests}, calls to ISL dropped {Calls}. "
        + "A longer Shutdown:DrainTimeout would have let them end")]
    private partial void LogGaveUp(double elapsedMs, int requests, int calls);
}
