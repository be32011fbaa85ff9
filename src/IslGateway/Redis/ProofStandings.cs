using System.Buffers;
using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>The tokens that proofs have to carry, at one moment. Immutable.</summary>
internal sealed class ProofStandings
{
    private readonly Digest _everyone;
    private readonly long _changedAt;
    private readonly Dictionary<Digest, (Digest Token, long ChangedAt)> _own = [];

    /// <param name="everyone">The token of all.</param>
    /// <param name="revocations">Those of single credentials.</param>
    /// <param name="names">Tells which credential a field is about.</param>
    /// <param name="before">What stood before; null: nothing did.</param>
    /// <param name="now">The moment.</param>
    public ProofStandings(SharedToken everyone, IEnumerable<SharedToken> revocations, RedisNames names, ProofStandings? before, long now)
    {
        // Under another secret nobody can tell whose credential was refused: it may be any.
        var ours = names.OwnRevocations;
        var strange = new SortedDictionary<string, Digest>(StringComparer.Ordinal);
        foreach (var token in revocations)
        {
            if (CredentialIn(token.Field, ours) is { } credential) _own[credential] = (token.Token, token.ChangedAt);
            else strange[token.Field] = token.Token;
        }

        _everyone = strange.Values.Aggregate(everyone.Token, static (all, token) => Digest.OfText($"{all}{token}"));
        _changedAt = before is null || before._everyone == _everyone ? before?._changedAt ?? long.MinValue : now;
    }

    /// <summary>
    /// What a proof of a credential has to carry, and since when, as a timestamp: what ISL said of it before that counts no more.
    /// </summary>
    public (ProofTokens Tokens, long Since) Of(Digest credential) => _own.TryGetValue(credential, out var own)
        ? (new ProofTokens(_everyone, own.Token), Math.Max(own.ChangedAt, _changedAt))
        : (new ProofTokens(_everyone, default), _changedAt);

    private static Digest? CredentialIn(string field, string ours)
    {
        Span<byte> digest = stackalloc byte[Digest.Size];
        return field.StartsWith(ours, StringComparison.Ordinal)
            && Convert.FromHexString(field.AsSpan(ours.Length), digest, out _, out var length) == OperationStatus.Done
            && length == Digest.Size
            ? Digest.FromBytes(digest) : null;
    }
}
