using System.IO.Hashing;
using System.Text;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Redis.Sealing;
using IslGateway.Settings;

namespace IslGateway.Workflows.Kept;

/// <summary>
/// The bytes of a kept request outside the process. It names itself, so that one under another's name is refused, and ends in a checksum.
/// </summary>
/// <remarks>
/// <code>
/// envelope = "ISLK" version id question owner epoch everything rowtoken carried count seconds
///            row method target scheme headers body checksum
/// version  = %x01                 ; of this format
/// id, question, owner, epoch      ; 32 OCTET each, digests; as are the purge tokens of everything and of the row, and the token that the
///                                 ; credential's proof carried: where one has been replaced, the request is forgotten
/// count, seconds = int64          ; the bits of a double
/// row, method, target, scheme = text
/// headers  = length *( text text )
/// body     = length *OCTET
/// checksum = 16 OCTET             ; XXH128 of all before it
/// text     = length *OCTET        ; UTF-8
/// length   = int32                ; little-endian, as all numbers
/// </code>
/// Where there are <c>Cache:EncryptionKeys</c>, the whole of it lies in Redis within a <see cref="SealedValue"/>.
/// </remarks>
internal static class KeptEnvelope
{
    public const byte Version = 1;

    private const int ChecksumSize = 16;
    private const int Digests = 7;

    private static ReadOnlySpan<byte> Magic => "ISLK"u8;

    /// <summary>Writes one.</summary>
    /// <param name="record">The request.</param>
    /// <param name="before">Bytes to leave free before the envelope.</param>
    /// <param name="after">Bytes to leave free after it.</param>
    public static byte[] Encode(KeptRecord record, int before, int after)
    {
        var request = record.Request;
        string[] texts = [request.Row.Name, request.Method, request.Target, request.Scheme];
        var whole = new byte[before + SizeOf(request, texts) + after];
        var bytes = whole.AsSpan(before..^after);
        var writer = new EnvelopeWriter(bytes);
        writer.Raw(Magic);
        writer.Byte(Version);
        foreach (var digest in (ReadOnlySpan<Digest>)
            [record.Id, request.Question, request.Owner, request.Epoch, record.Tokens.Everything, record.Tokens.Row, record.Carried])
            writer.Digest(digest);
        writer.Int64(BitConverter.DoubleToInt64Bits(request.Count));
        writer.Int64(BitConverter.DoubleToInt64Bits(request.Seconds));
        foreach (var text in texts) writer.Text(text);
        writer.Int32(request.Headers.Count);
        foreach (var (name, value) in request.Headers)
        {
            writer.Text(name);
            writer.Text(value);
        }

        writer.Blob(request.Body.Span);
        XxHash128.Hash(bytes[..writer.Written], bytes[writer.Written..]);
        return whole;
    }

    /// <summary>
    /// Reads one. Null, never an exception, for any bytes that are not one whole envelope of that name, or of no use to this table.
    /// </summary>
    public static KeptRecord? Decode(ReadOnlySpan<byte> bytes, Digest id, EndpointTable table)
    {
        if (!IsWhole(bytes)) return null;
        var reader = new EnvelopeReader(bytes[(Magic.Length + 1)..^ChecksumSize]);
        Span<Digest> digests = stackalloc Digest[Digests];
        foreach (ref var digest in digests)
        {
            if (!reader.Raw(Digest.Size, out var raw)) return null;
            digest = Digest.FromBytes(raw);
        }

        if (digests[0] != id || !reader.Int64(out var count) || !reader.Int64(out var seconds)
            || !reader.Text(out var row) || !reader.Text(out var method) || !reader.Text(out var target) || !reader.Text(out var scheme)
            || !reader.Count(2 * sizeof(int), out var headers))
            return null;
        var read = new KeyValuePair<string, string>[headers];
        for (var i = 0; i < headers; i++)
        {
            if (!reader.Text(out var name) || !reader.Text(out var value)) return null;
            read[i] = new(name, value);
        }

        if (!reader.Blob(out var body) || !reader.AtEnd
            || table.Match(RawTarget.PathOf(target), method) is not { Cache: CachePolicy.Deterministic } known || known.Name != row
            || (known.CredentialScope == CredentialScope.Partitioned) == (digests[2] == default))
            return null;
        var (asked, took) = (BitConverter.Int64BitsToDouble(count), BitConverter.Int64BitsToDouble(seconds));
        if (!(asked > 0 && double.IsFinite(asked) && took > 0 && double.IsFinite(took))) return null;
        var request = new KeptRequest
        {
            Row = known,
            Method = HttpMethods.GetCanonicalizedValue(method),
            Target = target == known.Path ? known.Path : target,
            Scheme = scheme == Uri.UriSchemeHttps ? Uri.UriSchemeHttps : Uri.UriSchemeHttp,
            Headers = read,
            Body = body.ToArray(),
            Count = asked,
            Seconds = took,
            Question = digests[1],
            Owner = digests[2],
            Epoch = digests[3],
        };
        var record = new KeptRecord(request, new PurgeTokens(digests[4], digests[5]), digests[6]);
        return record.Id == id ? record : null;
    }

    /// <summary>Whether the bytes are, or may be, an envelope of another release: of no use here, but not garbage.</summary>
    public static bool IsOfAnotherVersion(ReadOnlySpan<byte> bytes) =>
        bytes.Length > Magic.Length && bytes.StartsWith(Magic) && bytes[Magic.Length] != Version;

    private static bool IsWhole(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Magic.Length + 1 + ChecksumSize || !bytes.StartsWith(Magic) || bytes[Magic.Length] != Version) return false;
        Span<byte> checksum = stackalloc byte[ChecksumSize];
        XxHash128.Hash(bytes[..^ChecksumSize], checksum);
        return checksum.SequenceEqual(bytes[^ChecksumSize..]);
    }

    private static int SizeOf(KeptRequest request, string[] texts) =>
        Magic.Length + 1 + (Digests * Digest.Size) + (2 * sizeof(long)) + (2 * sizeof(int)) + request.Body.Length + ChecksumSize
        + texts.Concat(request.Headers.SelectMany(header => new[] { header.Key, header.Value }))
            .Sum(text => sizeof(int) + Encoding.UTF8.GetByteCount(text));
}
