using System.Runtime.InteropServices;
using BitFaster.Caching.Lru;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;

namespace IslGateway.Caching.Keys;

/// <summary>
/// Remembers the key parts of bodies by the SHA-256 of their bytes as received, so that a repeated body is neither decoded nor parsed
/// again. Holds only digests, never content; damaged bodies are not remembered.
/// </summary>
internal sealed class BodyMemo
{
    /// <summary>The most bodies remembered: about 230 bytes each.</summary>
    private const int Capacity = 65_536;

    /// <summary>
    /// The share of what was asked for again. The first bodies of a process fill it in any case and stay until others are asked for again:
    /// each of these small objects then holds a part of the heap in which the answers of that time lay, long after they have gone.
    /// </summary>
    private const double WarmShare = 0.1;

    private readonly ConcurrentLru<MemoKey, BodyKey> _memo = new(
        Environment.ProcessorCount, new FavorWarmPartition(Capacity, WarmShare), EqualityComparer<MemoKey>.Default);
    private readonly IgnoredFields?[] _ignored;

    /// <summary>How many are remembered.</summary>
    public int Count => _memo.Count;

    public BodyMemo(EndpointTable table) =>
        _ignored = [.. table.Rows.Select(row => IgnoredFields.Compile([.. row.IgnoreFields.Select(p => p.Segments.ToArray())]))];

    /// <summary>The parts of a row's keys that come from a body.</summary>
    /// <param name="row">The row, which says how bodies are made canonical.</param>
    /// <param name="body">The body as received.</param>
    /// <param name="result">Whether the body could be decoded; if not, the key is null.</param>
    public BodyKey? Find(EndpointRow row, RequestBody body, out DecodeResult result)
    {
        result = DecodeResult.Ok;
        var wire = Digest.Of(body.Wire.Span);
        var memoKey = new MemoKey(wire, body.Coding, row.Index);
        if (_memo.TryGet(memoKey, out var known))
        {
            if (known.IsMislabelled) body.IsMislabelled = true;
            return known;
        }

        result = body.TryGetPlain(out var plain);
        if (!result.IsReadable()) return null;
        try
        {
            var spelling = plain.Equals(body.Wire) ? wire : Digest.Of(plain.Span);
            var key = Read(row, plain, spelling, body);
            _memo.AddOrUpdate(memoKey, key);
            return key;
        }
        catch (OverBudgetException)
        {
            result = DecodeResult.OverBudget;
            return null;
        }
    }

    /// <summary>Has a plain body known whose canonical digest was found without reading it, on a row without users.</summary>
    public void Remember(EndpointRow row, ReadOnlySpan<byte> plain, Digest canonical)
    {
        var wire = Digest.Of(plain);
        _memo.AddOrUpdate(new MemoKey(wire, ContentCoding.None, row.Index), new BodyKey(canonical, user: null) { Plain = wire });
    }

    /// <summary>What <see cref="Find"/> says of a body, without the memory: nothing is looked up there or remembered.</summary>
    public BodyKey? Peek(EndpointRow row, RequestBody body, out DecodeResult result)
    {
        result = body.TryGetPlain(out var plain);
        if (!result.IsReadable()) return null;
        try
        {
            return Read(row, plain, Digest.Of(plain.Span), body);
        }
        catch (OverBudgetException)
        {
            result = DecodeResult.OverBudget;
            return null;
        }
    }

    /// <summary>What does not count for the keys of a row.</summary>
    public IgnoredFields? IgnoredBy(EndpointRow row) => _ignored[row.Index];

    private BodyKey Read(EndpointRow row, ReadOnlyMemory<byte> plain, Digest spelling, RequestBody body)
    {
        using var canonical = new CanonicalBuffer(body.Budget);
        var (ignored, user) = (_ignored[row.Index], (Digest?)null);
        var isExact = CanonicalBody.TryWrite(plain.Span, row.KeyOrder == KeyOrder.Sorted, ignored, canonical);
        if (isExact && row.SessionUser is { } pointer)
        {
            // What is ignored is not in the canonical bytes.
            user = ignored is null ? SessionUsers.FindExact(canonical.Written, pointer)
                : SessionUsers.Find(plain, pointer) is [var only] ? only
                : null;
        }

        return new BodyKey(isExact ? Digest.Of(canonical.Written) : null, user)
        {
            Plain = spelling,
            IsMislabelled = body.IsMislabelled,
        };
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct MemoKey(Digest Wire, ContentCoding Coding, int Row);
}
