using BitFaster.Caching.Lru;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Samples;

/// <summary>
/// Remembers for questions without their number of samples which numbers answers were stored for. Only a hint of where to look: it says
/// neither who may have an answer nor whether it is still there. Holds digests and numbers, and of bounded size.
/// </summary>
internal sealed class SampleIndex
{
    /// <summary>The most questions: about 200 bytes each.</summary>
    public const int MaxQuestions = 16_384;

    /// <summary>The most numbers of a question; the latest stay.</summary>
    public const int MaxCounts = 8;

    private readonly ConcurrentLru<Digest, int[]> _counts = new(MaxQuestions);
    private readonly IgnoredFields?[] _without;

    public SampleIndex(EndpointTable table)
    {
        _without = new IgnoredFields?[table.Rows.Count];
        foreach (var row in table.Rows)
        {
            if (row.Samples is { } samples)
                _without[row.Index] = IgnoredFields.Compile([.. row.IgnoreFields.Append(samples.Field).Select(p => p.Segments.ToArray())]);
        }
    }

    /// <summary>An answer to a call was stored.</summary>
    /// <param name="row">The row.</param>
    /// <param name="rawTarget">The raw path and query.</param>
    /// <param name="body">The plain body.</param>
    /// <param name="budget">Counts what it takes to read the body; without room the number is not remembered.</param>
    public void Learn(EndpointRow row, string rawTarget, ReadOnlySpan<byte> body, BufferBudget budget)
    {
        if (row.Samples is not { } samples) return;
        if (SampleScan.Find(body, samples.Field, out var place) is not null || place.Count is not { } count) return;
        if (QuestionOf(row, rawTarget, body, budget) is not { } question) return;
        var known = _counts.TryGet(question, out var counts) ? counts : [];
        if (known is [var latest, ..] && latest == count) return;
        _counts.AddOrUpdate(question, [count, .. known.Where(other => other != count).Take(MaxCounts - 1)]);
    }

    /// <summary>The numbers that are known for a request's question.</summary>
    public IReadOnlyList<int> CountsOf(EndpointRow row, string rawTarget, ReadOnlySpan<byte> body, BufferBudget budget) =>
        QuestionOf(row, rawTarget, body, budget) is { } question && _counts.TryGet(question, out var counts) ? counts : [];

    /// <summary>The order of members never counts here: who looks in vain has lost nothing.</summary>
    private Digest? QuestionOf(EndpointRow row, string rawTarget, ReadOnlySpan<byte> body, BufferBudget budget)
    {
        try
        {
            using var canonical = new CanonicalBuffer(budget);
            if (!CanonicalBody.TryWrite(body, sortKeys: true, _without[row.Index], canonical)) return null;
            Span<byte> parts = stackalloc byte[2 * Digest.Size];
            Digest.Of(canonical.Written).CopyTo(parts);
            Digest.OfText($"{row.Name} {rawTarget}").CopyTo(parts[Digest.Size..]);
            return Digest.Of(parts);
        }
        catch (Exception e) when (e is OverBudgetException or OutOfMemoryException)
        {
            return null;
        }
    }
}
