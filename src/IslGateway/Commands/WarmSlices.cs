using System.Runtime.CompilerServices;

namespace IslGateway.Commands;

/// <summary>
/// Cuts a list of lines into slices that are sent one after another: the HTTP client reads no answer before it has sent all it has to say,
/// so a list sent as a whole would show no progress.
/// </summary>
internal static class WarmSlices
{
    private const int MaxLines = 200;
    private const int MaxBytes = 1 << 20;

    /// <summary>The slices, with the number of lines before each. No line is cut, so a slice can be longer by one.</summary>
    public static async IAsyncEnumerable<(ReadOnlyMemory<byte> Text, long Before)> ReadAsync(
        Stream list, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (before, lines) = (0L, 0L);
        using var slice = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (await list.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            var from = 0;
            while (Array.IndexOf(buffer, (byte)'\n', from, read - from) is var end and >= 0)
            {
                slice.Write(buffer, from, end + 1 - from);
                from = end + 1;
                lines++;
                if (lines < MaxLines && slice.Length < MaxBytes) continue;
                yield return (slice.GetBuffer().AsMemory(0, (int)slice.Length), before);
                before += lines;
                lines = 0;
                slice.SetLength(0);
            }

            slice.Write(buffer, from, read - from);
        }

        if (slice.Length > 0) yield return (slice.GetBuffer().AsMemory(0, (int)slice.Length), before);
    }

    /// <summary>How many lines a list has.</summary>
    public static async Task<long> CountAsync(Stream list, CancellationToken cancellationToken)
    {
        var (lines, last) = (0L, (byte)'\n');
        var buffer = new byte[64 << 10];
        while (await list.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
            last = buffer[read - 1];
        }

        return last == '\n' ? lines : lines + 1;
    }
}
