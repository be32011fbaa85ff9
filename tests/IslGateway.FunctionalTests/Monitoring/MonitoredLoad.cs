using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests.Monitoring;

/// <summary>Callers who ask one question after the other, each with a trace, and do not look at the answers.</summary>
internal sealed class MonitoredLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Task _running;
    private int _asked;

    public MonitoredLoad(HttpClient client, int callers, Func<int, string> body) =>
        _running = Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(() => AskAsync(client, body))));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task AskAsync(HttpClient client, Func<int, string> body)
    {
        while (!_stop.IsCancellationRequested)
        {
            var n = Interlocked.Increment(ref _asked);
            using var request = Isl.Post(
                Isl.Counterfactual, body(n), MonitoredRig.Key, $"traceparent: 00-{n:x32}-00f067aa0ba902b7-01");
            using var answer = await client.SendAsync(request, CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }
}
