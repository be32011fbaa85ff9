using System.Net;
using System.Net.Sockets;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Stands where ISL would and is gone, port and all, as soon as anything but health is asked, until it is started again.</summary>
internal sealed class CrashingIsl : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly IPEndPoint _endpoint = new(IPAddress.Loopback, FreePort.Next());
    private Task _serving = Task.CompletedTask;
    private int _crashes;

    public Uri Address => new($"http://{_endpoint}");

    /// <summary>How often it was asked and crashed.</summary>
    public int Crashes => Volatile.Read(ref _crashes);

    public void Start()
    {
        var listener = new TcpListener(_endpoint);
        listener.Start();
        _serving = ServeAsync(listener);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync(TcpListener listener)
    {
        using var owned = listener;
        try
        {
            while (true)
            {
                using var client = await listener.AcceptSocketAsync(_stop.Token);
                var head = new byte[16];
                await client.ReceiveAsync(head, _stop.Token);
                if (head.AsSpan().StartsWith("GET /health"u8)) continue;

                listener.Stop();
                client.LingerState = new LingerOption(true, 0);
                Interlocked.Increment(ref _crashes);
                return;
            }
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException)
        {
            // The test ends.
        }
    }
}
