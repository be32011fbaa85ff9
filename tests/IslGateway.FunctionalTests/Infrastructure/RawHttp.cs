using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// One HTTP/1.1 connection that sends exactly the bytes it is given and shows the answer's framing: for targets, header values and
/// broken messages that HttpClient would mend or hide.
/// </summary>
internal sealed class RawHttp : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly byte[] _one = new byte[1];
    private BufferedStream _stream = null!;

    private RawHttp() => _stop.CancelAfter(Timeout);

    public static async Task<RawHttp> ConnectAsync(Uri address)
    {
        var connection = new RawHttp();
        await connection._client.ConnectAsync(address.Host, address.Port, connection._stop.Token);
        connection._stream = new BufferedStream(connection._client.GetStream());
        return connection;
    }

    /// <summary>Sends one request over a connection of its own and reads the whole answer.</summary>
    public static async Task<RawAnswer> ExchangeAsync(Uri address, string request)
    {
        await using var connection = await ConnectAsync(address);
        await connection.SendAllAsync(Encoding.Latin1.GetBytes(request));
        return await connection.ReadAnswerAsync(request.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    /// <summary>A request with lines ended by CR LF; the lines given are the request line and the headers.</summary>
    public static string Request(string body, params string[] lines) => string.Join("\r\n", lines) + "\r\n\r\n" + body;

    /// <param name="text">One byte per character (Latin-1).</param>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _stream.WriteAsync(bytes, _stop.Token);
        await _stream.FlushAsync(_stop.Token);
    }

    /// <summary>Sends what the other side takes: it may have answered and closed before that is all.</summary>
    public async Task SendAllAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await SendAsync(bytes);
        }
        catch (IOException)
        {
            // What it answered is there to be read.
        }
    }

    /// <summary>Ends this side of the connection; the other may still answer.</summary>
    public void FinishSending() => _client.Client.Shutdown(SocketShutdown.Send);

    public async Task<RawAnswer> ReadAnswerAsync(bool isHead = false)
    {
        var (status, headers) = await ReadHeadAsync();
        return isHead || status is 204 or 304
            ? new RawAnswer(status, headers, [], [], IsWhole: true)
            : await ReadBodyAsync(status, headers);
    }

    /// <summary>What follows a head.</summary>
    public async Task<RawAnswer> ReadBodyAsync(int status, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var body = new MemoryStream();
        if (Value(headers, "Transfer-Encoding") is not null)
        {
            while (await ReadChunkAsync() is { } chunk)
            {
                if (chunk.Length == 0) return new RawAnswer(status, headers, body.ToArray(), await ReadFieldsAsync(), IsWhole: true);
                body.Write(chunk);
            }

            return new RawAnswer(status, headers, body.ToArray(), [], IsWhole: false);
        }

        var length = Value(headers, "Content-Length") is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : long.MaxValue;
        while (body.Length < length && await ReadByteAsync() is { } next) body.WriteByte(next);
        return new RawAnswer(status, headers, body.ToArray(), [], IsWhole: length == long.MaxValue || body.Length == length);
    }

    public async Task<(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers)> ReadHeadAsync()
    {
        var line = await ReadLineAsync() ?? throw new IOException("The connection ended before an answer.");
        return (int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture), await ReadFieldsAsync());
    }

    /// <summary>The next chunk of a chunked answer: empty for the last one, null when the connection ended before it was whole.</summary>
    public async Task<byte[]?> ReadChunkAsync()
    {
        if (await ReadLineAsync() is not { Length: > 0 } size) return null;
        var chunk = new byte[int.Parse(size.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture)];
        for (var i = 0; i < chunk.Length; i++)
        {
            if (await ReadByteAsync() is not { } next) return null;
            chunk[i] = next;
        }

        if (chunk.Length > 0) await ReadLineAsync();
        return chunk;
    }

    public async Task<IReadOnlyList<KeyValuePair<string, string>>> ReadFieldsAsync()
    {
        var fields = new List<KeyValuePair<string, string>>();
        while (await ReadLineAsync() is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            fields.Add(KeyValuePair.Create(line[..colon], line[(colon + 1)..].Trim(' ')));
        }

        return fields;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _stop.Dispose();
        await Task.CompletedTask;
    }

    private static string? Value(IReadOnlyList<KeyValuePair<string, string>> headers, string name) =>
        headers.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private async Task<string?> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (await ReadByteAsync() is { } next)
        {
            if (next == '\n') return line.ToString().TrimEnd('\r');
            line.Append((char)next);
        }

        return null;
    }

    /// <summary>Null at the end of the connection, in good order or not.</summary>
    private async ValueTask<byte?> ReadByteAsync()
    {
        try
        {
            return await _stream.ReadAsync(_one, _stop.Token) == 0 ? null : _one[0];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
