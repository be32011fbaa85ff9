using System.IO.Compression;
using System.Text;
using IslGateway.Benchmarks.Serving;

namespace IslGateway.Benchmarks.Load;

/// <summary>What a right answer is.</summary>
/// <param name="Answer">The body.</param>
/// <param name="CacheStatus">What <c>Cache-Status</c> must contain; null for servers without it.</param>
/// <param name="IsPacked">Whether it must have come as gzip.</param>
internal sealed record AnswerCheck(ConstantAnswer Answer, string? CacheStatus = null, bool IsPacked = false)
{
    /// <summary>What is wrong with an answer; null: nothing.</summary>
    public string? Fault(LoadAnswer answer)
    {
        if (answer.Status != 200) return $"status {answer.Status}: {answer.Head}";
        var status = answer.Header("cache-status"u8);
        if (CacheStatus is not null && !status.Contains(CacheStatus, StringComparison.Ordinal))
            return $"Cache-Status '{status}', not '{CacheStatus}'";
        var coding = answer.Header("content-encoding"u8);
        if (coding != (IsPacked ? "gzip" : "")) return $"Content-Encoding '{coding}'";
        var body = IsPacked ? Unpack(answer.Body()) : answer.Body();
        if (!Answer.Is(body, out var id))
            return $"another body of {body.Length} bytes: {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(200, body.Length)))}";

        // The gateway names its caller's id in the head; what it says in the body must be the same one.
        return CacheStatus is not null && !id.SequenceEqual(Encoding.ASCII.GetBytes(answer.Header("x-request-id"u8)))
            ? $"the id of another request: {Encoding.ASCII.GetString(id)}"
            : null;
    }

    private static byte[] Unpack(byte[] packed)
    {
        using var plain = new MemoryStream();
        using (var unpacking = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress)) unpacking.CopyTo(plain);
        return plain.ToArray();
    }
}
