using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator.Calls;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>An upstream that answers every request with the same bytes, once it has read the request to its end or, if told so, its head; and health as ISL does.</summary>
internal sealed class ScriptedIsl : IConformanceIsl
{
    private const string Health = """{"status":"healthy","version":"1","build":"scripted","config_fingerprint":"000000000000"}""";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly List<CallRecord> _calls = [];
    private readonly ScriptSpec _script;
    private Task _accepting = Task.CompletedTask;

    private ScriptedIsl(ScriptSpec script) => _script = script;

    public GatewayUnderTest Gateway { get; private set; } = null!;

    public IReadOnlyList<CallRecord> Calls
    {
        get
        {
            lock (_calls) return [.. _calls];
        }
    }

    public static async Task<ScriptedIsl> StartAsync(ScriptSpec script, string[] settings)
    {
        var isl = new ScriptedIsl(script);
        isl._listener.Start();
        isl._accepting = isl.AcceptAsync();
        isl.Gateway = await GatewayUnderTest.StartAsync(new Uri($"http://{isl._listener.LocalEndpoint}"), settings);
        return isl;
    }

    public Task TurnAsync(JsonElement knobs) => throw new NotSupportedException("A scripted upstream has no knobs.");

    public Task AwaitAsync(AwaitedState state) => throw new NotSupportedException("A scripted upstream has no states.");

    public Task HoldsAsync(int requests) => throw new NotSupportedException("A scripted upstream does not wait.");

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true) serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = socket;
        try
        {
            while (await ReadAsync(socket) is { } call)
            {
                if (call.Path == "/health")
                {
                    await SendAsync(socket, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Health.Length}\r\n\r\n{Health}");
                    continue;
                }

                lock (_calls) _calls.Add(call);
                await SendAsync(socket, _script.Answer);
                if (_script.Then == AfterAnswer.Finish) socket.Shutdown(SocketShutdown.Send);
                if (_script.Then is AfterAnswer.Hold or AfterAnswer.Finish) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _stop.Token);
                if (_script.Then == AfterAnswer.Reset) socket.LingerState = new LingerOption(true, 0);
                return;
            }
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException)
        {
            // The gateway let go of the connection, or the test is over.
        }
    }

    private async Task SendAsync(Socket socket, string text) => await socket.SendAsync(Encoding.Latin1.GetBytes(text), _stop.Token);

    /// <summary>One request with an announced length, as the gateway sends them; null at the end of the connection.</summary>
    private async Task<CallRecord?> ReadAsync(Socket socket)
    {
        var message = "";
        var buffer = new byte[8192];
        while (!IsWhole(message))
        {
            // A head is read byte by byte where nothing after it is to be taken.
            var read = await socket.ReceiveAsync(_script.Early ? buffer.AsMemory(0, 1) : buffer, _stop.Token);
            if (read == 0) return null;
            message += Encoding.Latin1.GetString(buffer, 0, read);
        }

        var parts = message.Split("\r\n\r\n", 2);
        var lines = parts[0].Split("\r\n");
        var request = lines[0].Split(' ');
        var body = Encoding.Latin1.GetBytes(parts[1]);
        return new CallRecord(
            request[0], request[1], request[1].Split('?')[0], [.. lines.Skip(1).Select(line => line.Split(": ", 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1]))],
            body.Length, Convert.ToHexStringLower(SHA256.HashData(body)), Encoding.UTF8.GetString(body));
    }

    private bool IsWhole(string message)
    {
        var end = message.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0 || _script.Early) return end >= 0;
        var length = message[..end].Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase));
        return length is null || message.Length - end - 4 >= int.Parse(length.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
