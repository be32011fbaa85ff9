using System.Diagnostics;
using System.Globalization;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// Asks for one hit and for liveness, over and over, while something else goes on: both have to be answered, all the time.
/// </summary>
internal sealed class Pulse : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly List<double> _hits = [];
    private readonly List<double> _lives = [];
    private readonly HttpClient _gateway;
    private readonly HttpClient _management;
    private Task _running = Task.CompletedTask;

    private Pulse(Uri gateway, Uri management)
    {
        _gateway = new HttpClient { BaseAddress = gateway };
        _management = new HttpClient { BaseAddress = management };
    }

    public static async Task<Pulse> StartAsync(Uri gateway, Uri management)
    {
        var pulse = new Pulse(gateway, management);
        using (var first = await pulse._gateway.PostAsync(Isl.Validate, Isl.ValidateBody)) first.EnsureSuccessStatusCode();
        pulse._running = Task.Run(pulse.BeatAsync);
        return pulse;
    }

    /// <summary>Waits for so many beats more.</summary>
    public Task GoesOnAsync(int beats)
    {
        var enough = _lives.Count + beats;
        return Eventually.TrueAsync(
            () => _lives.Count >= enough || _running.IsCompleted, TimeSpan.FromSeconds(60), $"{beats} more hits are served");
    }

    /// <summary>Ends it; fails if an answer was not a hit, or was none.</summary>
    /// <param name="during">What went on, for the printed figures.</param>
    public async Task StopAsync(string during)
    {
        await GoesOnAsync(1);
        await _stop.CancelAsync();
        await _running;
        Assert.NotEmpty(_lives);
        Figures.Report("overload", string.Create(
            CultureInfo.InvariantCulture,
            $"{during}: {_hits.Count} hits, median {Median(_hits):0.0} ms, slowest {_hits.Max():0} ms; "
            + $"live: median {Median(_lives):0.0} ms, slowest {_lives.Max():0} ms"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default);
        _gateway.Dispose();
        _management.Dispose();
        _stop.Dispose();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private async Task BeatAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var begun = Stopwatch.GetTimestamp();
            using var hit = await _gateway.PostAsync(Isl.Validate, Isl.ValidateBody);
            await hit.TextAsync();
            _hits.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            Assert.Contains("; hit;", hit.CacheStatus(), StringComparison.Ordinal);

            begun = Stopwatch.GetTimestamp();
            using var live = await _management.GetAsync("/health/live", CancellationToken.None);
            live.EnsureSuccessStatusCode();
            _lives.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }
    }
}
