using IslGateway.Caching;
using IslGateway.Caching.Keys;
using IslGateway.Endpoints;
using IslGateway.Settings;

namespace IslGateway.Operations.Explain;

/// <summary>Where the keys of two requests part.</summary>
/// <param name="IsSame">Whether they share one key, and so one answer.</param>
/// <param name="Differences">The parts that differ, in the order below.</param>
/// <param name="Body">The first place where their bodies differ in what counts for the row; null: nowhere, or not to be told.</param>
internal sealed record KeyComparison(bool IsSame, IReadOnlyList<string> Differences, CanonicalDifference? Body)
{
    /// <summary>One of them has no key: it goes past the cache, or is refused.</summary>
    public const string NoKey = "no-key";

    public const string Method = "method";
    public const string Path = "path";
    public const string Query = "query";

    /// <summary>One of them comes over TLS.</summary>
    public const string Scheme = "scheme";

    /// <summary>One of the row's <c>KeyHeaders</c>.</summary>
    public const string Headers = "headers";

    public const string Credential = "credential";
    public const string BodyPart = "body";

    /// <summary>A purge, or an update of the user's beliefs, between the two looks.</summary>
    public const string Meanwhile = "meanwhile";

    /// <summary>Compares two requests that were explained one after the other.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    /// <param name="bodies">Knows what does not count in a row's bodies.</param>
    public static KeyComparison Of(Explained left, Explained right, BodyMemo bodies)
    {
        var isSame = left.Ticket is { } one && right.Ticket is { } other && one.Row == other.Row
            && one.Keys.Under(default) == other.Keys.Under(default);
        if (isSame) return new KeyComparison(true, [], null);
        var body = BodyDifference(left, right, bodies);
        var differences = Parts(left, right).Where(part => part.Differs).Select(part => part.Name).ToList();
        if (body is not null) differences.Add(BodyPart);
        return new KeyComparison(false, differences.Count > 0 ? differences : [Meanwhile], body);
    }

    private static IEnumerable<(string Name, bool Differs)> Parts(Explained left, Explained right)
    {
        var (mine, theirs) = (left.Context, right.Context);
        yield return (NoKey, left.Ticket is null || right.Ticket is null);
        yield return (Method, MethodOf(mine) != MethodOf(theirs));
        yield return (Path, !RawTarget.PathOf(mine.RawTarget).SequenceEqual(RawTarget.PathOf(theirs.RawTarget)));
        yield return (Query, QueryOf(mine) != QueryOf(theirs));
        yield return (Scheme, mine.Http.Request.IsHttps != theirs.Http.Request.IsHttps);
        if (left.Ticket is not { Row: var row } || right.Ticket is null || right.Ticket.Row != row) yield break;
        yield return (
            Headers, row.KeyHeaders.Any(name => mine.Http.Request.Headers[name] != theirs.Http.Request.Headers[name]));
        yield return (
            Credential,
            row.CredentialScope == CredentialScope.Partitioned && left.Ticket.Credential.Digest != right.Ticket.Credential.Digest);
    }

    private static string MethodOf(CacheContext context) => KeyComposer.CanonicalMethod(context.Http.Request.Method);

    private static string QueryOf(CacheContext context) => context.RawTarget[RawTarget.PathOf(context.RawTarget).Length..];

    private static CanonicalDifference? BodyDifference(Explained left, Explained right, BodyMemo bodies)
    {
        if (left.Context.Row is not { IsCacheable: true } row || right.Context.Row != row) return null;
        using var mine = Canonical(left, row, bodies);
        using var theirs = Canonical(right, row, bodies);
        return mine is null || theirs is null ? null : CanonicalDifference.Find(mine.Written, theirs.Written);
    }

    /// <summary>The bytes that the body's part of the key is the digest of; null where there are none.</summary>
    private static CanonicalBuffer? Canonical(Explained explained, EndpointRow row, BodyMemo bodies)
    {
        if (explained.Context.Body is not { } body || (explained.Ticket is null && explained.Context.Problem is not null)) return null;
        body.TryGetPlain(out var plain);
        var buffer = new CanonicalBuffer(body.Budget);
        try
        {
            if (CanonicalBody.TryWrite(plain.Span, row.KeyOrder == KeyOrder.Sorted, bodies.IgnoredBy(row), buffer)) return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }

        buffer.Dispose();
        return null;
    }
}
