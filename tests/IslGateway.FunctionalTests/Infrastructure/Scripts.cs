using System.Net.Sockets;
using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>What a <see cref="ScriptedUpstream"/> can do with a request.</summary>
internal static class Scripts
{
    /// <summary>That of the one build of which all answers and health reports here are.</summary>
    private const string Fingerprint = "000000000000";

    /// <summary>A health report.</summary>
    public static readonly Script Healthy = Says(
        Message("200 OK", $$"""{"status":"healthy","version":"1","build":"scripted","config_fingerprint":"{{Fingerprint}}"}"""),
        AfterAnswer.Keep);

    /// <summary>It is of no kind that this upstream knows.</summary>
    public static readonly Script NotFound = Says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

    /// <summary>A result.</summary>
    public static readonly Script Computes = Says(
        Message("200 OK", $$$"""{"result":1,"_metadata":{"config_fingerprint":"{{{Fingerprint}}}"}}"""), AfterAnswer.Keep);

    /// <summary>Nothing at all.</summary>
    public static readonly Script Silence = Ends(AfterAnswer.Hold);

    /// <summary>
    /// Half a result, and then the end of the connection. It is no reset: that would take away what the other side has not read yet.
    /// </summary>
    public static readonly Script BreaksOff = Says(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"result\":", AfterAnswer.Close);

    /// <summary>A whole message of JSON, with its length.</summary>
    /// <param name="status">The code and its words.</param>
    /// <param name="body">Latin-1, as all is.</param>
    /// <param name="headers">Each with its line end.</param>
    public static string Message(string status, string body, string headers = "") =>
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}";

    /// <summary>These bytes (Latin-1) at once.</summary>
    public static Script Says(string text, AfterAnswer then = AfterAnswer.Close) => async call =>
    {
        await call.SayAsync(text);
        return then;
    };

    /// <summary>Not a word.</summary>
    public static Script Ends(AfterAnswer then) => _ => Task.FromResult(then);

    /// <summary>So many results on a connection: the next request on it meets its end, as if it had crossed that of an idle one.</summary>
    public static Script ComputesThenEnds(int perConnection, bool resets = false) => call =>
        (call.Number <= perConnection ? Computes : Ends(resets ? AfterAnswer.Reset : AfterAnswer.Close))(call);

    /// <summary>For the first request this, for all that follow that.</summary>
    public static Script FirstThen(Script first, Script then)
    {
        var asked = 0;
        return call => (Interlocked.Increment(ref asked) == 1 ? first : then)(call);
    }

    /// <summary>A head, then these bytes over and over for as long as the other side takes them.</summary>
    /// <param name="head">Sent once.</param>
    /// <param name="more">Sent without end.</param>
    /// <param name="pause">Between two of them.</param>
    /// <param name="sent">Told how many bytes went out.</param>
    public static Script Endless(string head, string more, TimeSpan pause, Action<int>? sent = null) => async call =>
    {
        await call.SayAsync(head);
        var bytes = Encoding.Latin1.GetBytes(more);
        while (true)
        {
            await call.SayAsync(bytes);
            sent?.Invoke(bytes.Length);
            if (pause > TimeSpan.Zero) await Task.Delay(pause, TimeProvider.System, call.Ended);
        }
    };

    /// <summary>Passes the request on to one of these, which is another each time, and its answer back.</summary>
    public static Script Forward(params Uri[] backends)
    {
        var asked = 0;
        return async call =>
        {
            var backend = backends[(Interlocked.Increment(ref asked) - 1) % backends.Length];
            using var client = new TcpClient();
            await client.ConnectAsync(backend.Host, backend.Port, call.Ended);
            var isl = client.GetStream();
            var head = call.Head.Insert(call.Head.IndexOf("\r\n", StringComparison.Ordinal), "\r\nConnection: close");
            await isl.WriteAsync(Encoding.Latin1.GetBytes(head), call.Ended);
            await isl.WriteAsync(call.Body, call.Ended);
            var buffer = new byte[16 << 10];
            while (await isl.ReadAsync(buffer, call.Ended) is var read and > 0) await call.SayAsync(buffer.AsMemory(0, read));
            return AfterAnswer.Close;
        };
    }
}
