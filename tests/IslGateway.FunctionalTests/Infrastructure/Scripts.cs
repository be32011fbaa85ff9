using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Ways for an <see cref="IslFront"/> to answer.</summary>
internal static class Scripts
{
    /// <summary>These bytes (Latin-1), then the end of the connection.</summary>
    public static Func<Stream, CancellationToken, Task> Says(string text) => async (stream, token) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text), token);

    /// <summary>These bytes (Latin-1) at once; the connection stays open until the other side ends it.</summary>
    public static Func<Stream, CancellationToken, Task> SaysAndHolds(string text) => async (stream, token) =>
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), token);
        await HoldAsync(stream, token);
    };

    /// <summary>A head, then these bytes over and over for as long as the other side takes them.</summary>
    /// <param name="head">Sent once.</param>
    /// <param name="more">Sent without end.</param>
    /// <param name="pause">Between two of them.</param>
    /// <param name="sent">Told how many bytes went out.</param>
    public static Func<Stream, CancellationToken, Task> Endless(string head, string more, TimeSpan pause, Action<int>? sent = null) => async (stream, token) =>
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head), token);
        var bytes = Encoding.Latin1.GetBytes(more);
        while (true)
        {
            await stream.WriteAsync(bytes, token);
            sent?.Invoke(bytes.Length);
            if (pause > TimeSpan.Zero) await Task.Delay(pause, TimeProvider.System, token);
        }
    };

    /// <summary>Nothing at all.</summary>
    public static Task HoldAsync(Stream stream, CancellationToken token) => stream.CopyToAsync(Stream.Null, token);
}
