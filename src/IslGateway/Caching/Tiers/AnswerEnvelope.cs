using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Text;
using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis.Sealing;

namespace IslGateway.Caching.Tiers;

/// <summary>
/// The bytes of an answer outside the process. An envelope names the key that it belongs to, so that a value that got under another key is
/// refused, and ends in a checksum, so that a damaged one is.
/// </summary>
/// <remarks>
/// <code>
/// envelope = "ISLA" version key age ttl stale upstream flags status headers gaps body filledBy checksum
/// version  = %x02                 ; of this format
/// key      = 32 OCTET             ; digest
/// age      = int64                ; when it was complete, by ISL's word; ticks of 100 ns, as are ttl, stale and upstream
/// ttl      = int64                ; from then on. How long that is ago, no clock of a gateway tells: the key lives for ttl + stale,
/// stale    = int64                ; and Redis knows how much of that is left
/// upstream = int64
/// flags    = %x00 / %x01          ; 1: its bytes are not to be packed
/// status   = int32                ; 100 to 599
/// headers  = count *( text text ) ; name, value
/// gaps     = count *int32         ; ascending offsets into body, its end included
/// body     = length *OCTET
/// filledBy = 32 OCTET             ; digest of the plain request body that it answers
/// checksum = 16 OCTET             ; XXH128 of all before it
/// text     = length *OCTET        ; UTF-8
/// count    = int32
/// length   = int32                ; in octets
/// </code>
/// Numbers are little-endian and never negative. The checksum is against accidents; it is no signature: where there are
/// <c>Cache:EncryptionKeys</c>, the whole of it lies in Redis within a <see cref="SealedValue"/>.
/// </remarks>
internal static class AnswerEnvelope
{
    public const byte Version = 2;

    private const int ChecksumSize = 16;

    /// <summary>Longer than any meaningful time, and short enough that sums do not overflow.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(100_000);

    // Magic, version, two digests, four times, flags, status, three counts and the checksum.
    private const int FixedSize = 4 + 1 + (2 * Digest.Size) + (4 * sizeof(long)) + 1 + sizeof(int) + (3 * sizeof(int)) + ChecksumSize;

    private static ReadOnlySpan<byte> Magic => "ISLA"u8;

    /// <param name="key">The key that it belongs to.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="before">Bytes to leave free before the envelope.</param>
    /// <param name="after">Bytes to leave free after it.</param>
    public static byte[] Encode(Digest key, StoredAnswer answer, int before = 0, int after = 0)
    {
        var whole = new byte[before + SizeOf(answer) + after];
        var bytes = whole.AsSpan(before..^after);
        var writer = new EnvelopeWriter(bytes);
        writer.Raw(Magic);
        writer.Byte(Version);
        writer.Digest(key);
        writer.Int64(answer.AgeThen.Ticks);
        writer.Int64(answer.Lifetime.Ttl.Ticks);
        writer.Int64(answer.Lifetime.StaleTtl.Ticks);
        writer.Int64(answer.UpstreamDuration.Ticks);
        writer.Byte(answer.IsNotToBePacked ? (byte)1 : (byte)0);
        writer.Int32(answer.StatusCode);
        writer.Int32(answer.Headers.Count);
        foreach (var (name, value) in answer.Headers)
        {
            writer.Text(name);
            writer.Text(value);
        }

        writer.Int32(answer.IdGaps.Count);
        foreach (var gap in answer.IdGaps) writer.Int32(gap);
        writer.Blob(answer.Body.Span);
        writer.Digest(answer.FilledBy);
        XxHash128.Hash(bytes[..writer.Written], bytes[writer.Written..]);
        return whole;
    }

    /// <summary>
    /// Reads an envelope, copying what is kept, and leaves open when the answer was complete. False, never an exception, for any bytes that
    /// are not one whole envelope for that key.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, Digest expectedKey, [NotNullWhen(true)] out StoredAnswer? answer)
    {
        answer = null;
        return IsWhole(bytes)
            && TryRead(new EnvelopeReader(bytes[(Magic.Length + 1)..^ChecksumSize]), expectedKey, out answer);
    }

    /// <summary>Whether the bytes are, or may be, an envelope of another release: of no use here, but not garbage.</summary>
    public static bool IsOfAnotherVersion(ReadOnlySpan<byte> bytes) =>
        bytes.Length > Magic.Length && bytes.StartsWith(Magic) && bytes[Magic.Length] != Version;

    private static bool IsWhole(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedSize || !bytes.StartsWith(Magic) || bytes[Magic.Length] != Version) return false;
        Span<byte> checksum = stackalloc byte[ChecksumSize];
        XxHash128.Hash(bytes[..^ChecksumSize], checksum);
        return checksum.SequenceEqual(bytes[^ChecksumSize..]);
    }

    private static bool TryRead(EnvelopeReader reader, Digest expectedKey, [NotNullWhen(true)] out StoredAnswer? answer)
    {
        answer = null;
        if (!reader.Raw(Digest.Size, out var key) || Digest.FromBytes(key) != expectedKey
            || !reader.Duration(out var age)
            || !reader.Duration(out var ttl)
            || !reader.Duration(out var stale) || stale > Longest || ttl > Longest || age > Longest
            || !reader.Duration(out var upstream)
            || !reader.Raw(1, out var flags) || flags[0] > 1
            || !reader.Int32(out var status) || status is < 100 or > 599
            || !TryReadHeaders(ref reader, out var headers)
            || !TryReadGaps(ref reader, out var gaps)
            || !reader.Blob(out var body)
            || !reader.Raw(Digest.Size, out var filledBy)
            || !reader.AtEnd
            || (gaps.Length > 0 && gaps[^1] > body.Length))
        {
            return false;
        }

        answer = new StoredAnswer
        {
            StatusCode = status,
            Headers = headers,
            Body = body.ToArray(),
            IdGaps = gaps,
            IsNotToBePacked = flags[0] == 1,
            AgeThen = age,
            Lifetime = new Lifetime(ttl, stale),
            UpstreamDuration = upstream,
            FilledBy = Digest.FromBytes(filledBy),
        };
        return true;
    }

    private static bool TryReadHeaders(ref EnvelopeReader reader, out KeyValuePair<string, string>[] headers)
    {
        headers = [];
        if (!reader.Count(2 * sizeof(int), out var count)) return false;
        headers = new KeyValuePair<string, string>[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.Text(out var name) || !reader.Text(out var value) || !FieldText.IsWritable(name, value)) return false;
            headers[i] = new(name, value);
        }

        return true;
    }

    private static bool TryReadGaps(ref EnvelopeReader reader, out int[] gaps)
    {
        gaps = [];
        if (!reader.Count(sizeof(int), out var count)) return false;
        gaps = new int[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.Int32(out gaps[i]) || (i > 0 && gaps[i] <= gaps[i - 1])) return false;
        }

        return true;
    }

    private static int SizeOf(StoredAnswer answer)
    {
        var size = FixedSize + (sizeof(int) * answer.IdGaps.Count) + answer.BodyLength;
        foreach (var (name, value) in answer.Headers)
            size += (2 * sizeof(int)) + Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value);
        return size;
    }
}
