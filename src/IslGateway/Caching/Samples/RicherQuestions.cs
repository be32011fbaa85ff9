using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;

namespace IslGateway.Caching.Samples;

/// <summary>
/// The questions whose answers also answer a request that wants at least so many samples: its own body with a larger number. Which numbers
/// there are is known from the row's ladder and from what was stored here.
/// </summary>
internal sealed class RicherQuestions(SampleIndex index, BodyMemo bodies)
{
    /// <summary>The most that are looked for.</summary>
    public const int Most = 8;

    /// <summary>The most bytes of bodies that are made canonical for one request; the nearest number is tried whatever it costs.</summary>
    private const long MostBytes = 4L << 20;

    /// <summary>The questions, the nearest number first.</summary>
    /// <param name="context">A request that asks for at least a number of samples, its body there.</param>
    /// <param name="keys">Its own keys.</param>
    public IReadOnlyList<RicherQuestion> Of(CacheContext context, RequestKeys keys)
    {
        if (context is not { Row: { Samples: { } samples } row, Samples: { AtLeast: true, Count: { } asked }, Body: { } body }
            || !body.TryGetPlain(out var plain).IsReadable()
            || SampleScan.Find(plain.Span, samples.Field, out var place) is not null
            || place.Count != asked)
            return [];
        var richer = new List<RicherQuestion>();
        foreach (var count in Counts(samples, asked, index.CountsOf(row, context.RawTarget, plain.Span, body.Budget)))
        {
            if (richer.Count > 0 && (richer.Count + 1L) * plain.Length > MostBytes) break;
            if (DigestWith(count, row, plain.Span, place, body) is not { } digest) break;
            richer.Add(new RicherQuestion(count, keys.With(context.Http.Request, digest)));
        }

        return richer;
    }

    /// <summary>The numbers to look for: above the one asked for, ascending.</summary>
    public static IEnumerable<int> Counts(RowSamples samples, int asked, IEnumerable<int> seen) =>
        samples.Ladder.Concat(seen).Where(count => count > asked).Distinct().Order().Take(Most);

    private Digest? DigestWith(int count, EndpointRow row, ReadOnlySpan<byte> plain, SamplePlace place, RequestBody body)
    {
        using var text = new PooledBuffer(body.Budget, PooledBuffer.MaxLimit);
        try
        {
            using var canonical = new CanonicalBuffer(body.Budget);
            return place.Write(plain, count, text) == BufferOutcome.Ok
                && CanonicalBody.TryWrite(text.WrittenSpan, row.KeyOrder == KeyOrder.Sorted, bodies.IgnoredBy(row), canonical)
                    ? Digest.Of(canonical.Written)
                    : null;
        }
        catch (OverBudgetException)
        {
            return null;
        }
    }
}
