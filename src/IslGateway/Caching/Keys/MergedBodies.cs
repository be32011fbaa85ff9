using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;

namespace IslGateway.Caching.Keys;

/// <summary>
/// The keys of bodies that are one body with a little of it changed: the base is read once, and each body's canonical form is put together
/// of its parts. What cannot be told so is left to be read as any body is. Safe for concurrent use but for Dispose.
/// </summary>
internal sealed class MergedBodies : IDisposable
{
    /// <summary>
    /// The largest body whose form is put together: a member takes 5 bytes at the least, so it cannot have more than
    /// <see cref="CanonicalBody.MaxMembers"/>, which only reading would notice.
    /// </summary>
    private const int MaxLength = 5 * CanonicalBody.MaxMembers;

    private readonly EndpointRow _row;
    private readonly BodyMemo _memo;
    private readonly BufferBudget _budget;
    private readonly CanonicalBuffer _bytes;
    private readonly CanonicalObject _base;

    private MergedBodies(EndpointRow row, BodyMemo memo, BufferBudget budget, CanonicalBuffer bytes)
    {
        (_row, _memo, _budget, _bytes) = (row, memo, budget, bytes);
        _base = ObjectOf(bytes);
    }

    /// <summary>Reads a base. Null: its bodies have to be read each for itself.</summary>
    /// <param name="row">The row that is asked.</param>
    /// <param name="text">The base, an object.</param>
    /// <param name="memo">Remembers the keys.</param>
    /// <param name="budget">Counts what is held.</param>
    public static MergedBodies? Of(EndpointRow row, ReadOnlySpan<byte> text, BodyMemo memo, BufferBudget budget)
    {
        if (row.Cache != CachePolicy.Deterministic || memo.IgnoredBy(row) is not null) return null;
        var bytes = new CanonicalBuffer(budget);
        try
        {
            if (CanonicalBody.TryWrite(text, IsSorted(row), ignored: null, bytes)) return new MergedBodies(row, memo, budget, bytes);
        }
        catch (OverBudgetException)
        {
            // There may be room when a body is read.
        }

        bytes.Dispose();
        return null;
    }

    /// <summary>Has the memory know the key of a body before it is asked for.</summary>
    /// <param name="patch">What was merged into the base, an object.</param>
    /// <param name="body">The whole body.</param>
    public void Remember(ReadOnlySpan<byte> patch, ReadOnlySpan<byte> body)
    {
        if (body.Length > MaxLength) return;
        using var change = new CanonicalBuffer(_budget);
        using var merged = new CanonicalBuffer(_budget);
        try
        {
            if (!CanonicalBody.TryWrite(patch, IsSorted(_row), ignored: null, change)) return;
            merged.Reserve(_bytes.Length + change.Length);
            merged.Append(change.Written[0]);
            CanonicalMerge.Write(_base, ObjectOf(change), IsSorted(_row), merged);
        }
        catch (OverBudgetException)
        {
            return;
        }

        _memo.Remember(_row, body, Digest.Of(merged.Written));
    }

    public void Dispose() => _bytes.Dispose();

    private static bool IsSorted(EndpointRow row) => row.KeyOrder == KeyOrder.Sorted;

    private static CanonicalObject ObjectOf(CanonicalBuffer body) =>
        new(body.WrittenMemory[CanonicalTokens.DomainLength(body.Written)..]);
}
