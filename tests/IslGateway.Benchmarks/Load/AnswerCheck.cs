using System.IO.Compression;
using System.Text;
using IslGateway.Benchmarks.Serving;

namespace IslGateway.Benchmarks.Load;

/// <summary>What a right answer is.</summary>
/// <param name="Answer">The body.</param>
/// <param name="CacheStatus">What <c>Cache-Status</c> must contain; null for servers without it.</param>
/// <param name="IsPacked">Whether it must have come as gzip.</param>
/// <param name="HasOwnId">Whether requests carry an id of their own, by <see cref="OwnDigits"/>, which the answer must have.</param>
internal sealed record AnswerCheck(ConstantAnswer Answer, string? CacheStatus = null, bool IsPacked = false, bool HasOwnId = false)
{
    /// <summary>What is wrong with an answer; null: nothing.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="number">The number of its request.</param>
    public string? Fault(LoadAnswer answer, long number)
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
        var echoed = Encoding.ASCII.GetString(id);
        return (CacheStatus is not null && echoed != answer.Header("x-request-id"u8))
            || (HasOwnId && !echoed.EndsWith(OwnDigits.Text(number), StringComparison.Ordinal))
                ? $"the id of another request: {echoed}"
                : null;
    }

    private static byte[] Unpack(byte[] packed)
    {
        using var plain = new MemoryStream();
        using (var unpacking = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress)) unpacking.CopyTo(plain);
        return plain.ToArray();
    }
}
