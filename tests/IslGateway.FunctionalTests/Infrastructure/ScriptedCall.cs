using System.Net.Sockets;
using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>One request to a <see cref="ScriptedUpstream"/>.</summary>
internal sealed class ScriptedCall(Socket connection, string head, byte[] body, int number, CancellationToken ended)
{
    private volatile bool _isAnswered;
    private volatile bool _isOver;

    public Socket Connection => connection;

    /// <summary>Request line and headers (Latin-1), with the empty line.</summary>
    public string Head => head;

    /// <summary>As long as <c>Content-Length</c> says; empty where nobody reads it.</summary>
    public byte[] Body => body;

    /// <summary>How many requests its connection has carried with this one, health polls apart.</summary>
    public int Number => number;

    /// <summary>The test is over.</summary>
    public CancellationToken Ended => ended;

    /// <summary>Whether anything was said to it.</summary>
    public bool IsAnswered => _isAnswered;

    /// <summary>Whether it met the end of its connection.</summary>
    public bool IsCutOff => _isOver && !_isAnswered;

    /// <param name="text">One byte per character (Latin-1).</param>
    public Task SayAsync(string text) => SayAsync(Encoding.Latin1.GetBytes(text));

    public async Task SayAsync(ReadOnlyMemory<byte> bytes)
    {
        _isAnswered = true;
        while (!bytes.IsEmpty) bytes = bytes[await connection.SendAsync(bytes, ended)..];
    }

    /// <summary>Leaves the other side with a reset, whatever is under way.</summary>
    public void Reset()
    {
        connection.LingerState = new LingerOption(true, 0);
        connection.Close();
    }

    /// <summary>Brings about what its script says of the connection.</summary>
    /// <returns>Whether another request may follow on it.</returns>
    public async Task<bool> EndAsync(AfterAnswer then)
    {
        _isOver = then is AfterAnswer.Close or AfterAnswer.Reset;
        if (then == AfterAnswer.Reset) Reset();
        if (then == AfterAnswer.Finish) connection.Shutdown(SocketShutdown.Send);
        if (then is AfterAnswer.Hold or AfterAnswer.Finish) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ended);
        return then == AfterAnswer.Keep;
    }
}
