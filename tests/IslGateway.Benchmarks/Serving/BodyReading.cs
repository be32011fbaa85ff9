using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace IslGateway.Benchmarks.Serving;

internal static class BodyReading
{
    /// <summary>Waits for the whole body and leaves it where it arrived; the caller advances the reader.</summary>
    public static async ValueTask<ReadOnlySequence<byte>> ReadWholeAsync(this HttpRequest request)
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync();
            if (read.IsCompleted) return read.Buffer;
            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
