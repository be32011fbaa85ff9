using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Redis;

/// <summary>
/// The tokens in force here: one for everything and one for each cacheable row, which are part of every entry's key, so that replacing one
/// is a purge; one that every proof of a credential carries, and one for each credential that was refused after it had been proven. Where
/// gateways share them through Redis (<see cref="RedisTokens"/>), this decides what becomes of each when Redis has been read:
/// <code>
///   replaced here, and not acknowledged    a new token is written, stamped now: none that was sent before, which may be in use elsewhere
///   missing or damaged in Redis            ours is written back
///   written under the server that is there the newer stamp counts, here and there
///   written under another server           older data may have come back: ours is written if it is not older than that; if it is, or if
///                                          this gateway knows nothing yet, a token of its own, under which nothing was purged
/// </code>
/// So a loss in Redis costs no gateway a hit, and nothing that no living gateway can vouch for is ever adopted. The model of this protocol
/// is tests/Models/purge.pml. Thread-safe.
/// </summary>
internal sealed class TokenSet
{
    /// <summary>The field of everything's token. Rows begin with a capital letter, so none is called like any field here.</summary>
    public const string EverythingField = "all";

    private const string EveryoneField = "credentials";

    /// <summary>Credentials that have a token of their own at most; past it, the token of all is replaced and they go.</summary>
    private const int MaxRevocations = 1_024;

    private readonly Lock _gate = new();
    private readonly RedisNames _names;
    private readonly TimeProvider _time;
    private readonly SharedToken _everything = new(EverythingField);
    private readonly SharedToken _everyone = new(EveryoneField);
    private readonly SharedToken _losses = new("losses");
    private readonly SharedToken?[] _byRow;
    private readonly ImmutableArray<SharedToken> _scopes;
    private readonly ConcurrentDictionary<Digest, SharedToken> _revocations = new();
    private readonly Outbox<SharedToken, bool> _owed = new();
    private volatile bool _wereRead;

    /// <param name="table">The rows.</param>
    /// <param name="names">The names of fields.</param>
    /// <param name="areShared">Whether there is a Redis that shares the tokens.</param>
    /// <param name="time">The clock.</param>
    public TokenSet(EndpointTable table, RedisNames names, bool areShared, TimeProvider time)
    {
        (_names, AreShared, _time) = (names, areShared, time);
        _byRow = [.. table.Rows.Select(row => row.IsCacheable ? new SharedToken(row.Name) : null)];
        _scopes = [_everything, .. _byRow.OfType<SharedToken>()];
    }

    /// <summary>Whether other gateways share them.</summary>
    public bool AreShared { get; }

    /// <summary>Whether Redis and this gateway have agreed at least once; until then this gateway's own stand.</summary>
    public bool WereRead => _wereRead;

    /// <summary>Whether Redis has yet to acknowledge anything.</summary>
    public bool OwesAny => !_owed.IsEmpty;

    /// <summary>Purges that Redis has not acknowledged: <see cref="EverythingField"/> and names of rows.</summary>
    public IReadOnlyList<string> OwedPurges => [.. _scopes.Where(_owed.Contains).Select(token => token.Field)];

    /// <summary>Another one after each loss that a gateway has seen: what is missing in Redis may have stood there before.</summary>
    public Digest Losses => _losses.Token;

    /// <summary>The tokens for a key of a cacheable row.</summary>
    public PurgeTokens KeyOf(EndpointRow row) => new(_everything.Token, Of(row).Token);

    /// <summary>
    /// What a proof of a credential has to carry now, its own token or that of all; and since when, as a timestamp of the time provider:
    /// what ISL said of it before counts no more.
    /// </summary>
    public (Digest Carried, long Since) ProofOf(Digest credential)
    {
        var carried = _revocations.TryGetValue(credential, out var own) ? own : _everyone;
        return (carried.Token, Math.Max(carried.ChangedAt, _everyone.ChangedAt));
    }

    /// <summary>Purges at once. Where tokens are shared, it is owed until Redis has acknowledged it.</summary>
    public void Purge(bool everything, IEnumerable<EndpointRow> rows)
    {
        lock (_gate)
        {
            if (everything) Replace(_everything);
            foreach (var row in rows) Replace(Of(row));
        }
    }

    /// <summary>No proof of a credential counts any more, here at once. The same holds for what is owed.</summary>
    public void Revoke(Digest credential)
    {
        lock (_gate)
        {
            if (_revocations.Count < MaxRevocations || _revocations.ContainsKey(credential)) Replace(Revocation(credential));
            else RevokeAll();
        }
    }

    /// <summary>Adopts what was read, as far as it counts.</summary>
    /// <returns>What is to be written, all or nothing.</returns>
    public IReadOnlyList<TokenWrite> Take(TokenReading reading)
    {
        lock (_gate)
        {
            var writes = new List<TokenWrite>();
            var fields = reading.Fields.Where(RedisNames.IsRevocation).ToArray();
            var ours = _names.OwnRevocations;
            var refused = Array.ConvertAll(fields, field => CredentialIn(field, ours));

            // Under another secret nobody can tell whose credential was refused: it may be any.
            if (refused.Contains(null) && !_owed.Contains(_everyone)) RevokeAll();
            var everyone = _everyone.Token;
            foreach (var token in _scopes.Append(_everyone)) Weigh(token, reading, writes);

            // With the token of all, those that were there before it go.
            if (_everyone.Token != everyone) Forget();
            if (_owed.Contains(_everyone)) writes.AddRange(fields.Select(field => TokenWrite.Removal(field)));
            else foreach (var credential in refused) Revocation(credential!.Value);
            foreach (var token in _revocations.Values) Weigh(token, reading, writes);
            if (writes.Any(write => write.IsLoss)) Replace(_losses);
            Weigh(_losses, reading, writes);
            if (writes.Count == 0) _wereRead = true;
            return writes;
        }
    }

    /// <summary>
    /// Redis has taken all of it. A new token is in use from now on and not before, so that no entry is filed under it that another
    /// gateway's purge should have reached. What was replaced again since then stays owed.
    /// </summary>
    public void Acknowledge(IEnumerable<TokenWrite> writes)
    {
        lock (_gate)
        {
            foreach (var write in writes.Where(write => _owed.VersionOf(write.Mine) == write.Owed))
            {
                _owed.Withdraw(write.Mine);
                write.Mine.Become(write.Token, write.Stamp, _time.GetTimestamp());
            }
        }
    }

    private SharedToken Of(EndpointRow row) => _byRow[row.Index] ?? throw new ArgumentException($"{row} is never cached.", nameof(row));

    private SharedToken Revocation(Digest credential) => _revocations.GetOrAdd(credential, one => new SharedToken(_names.Revocation(one)));

    private void RevokeAll()
    {
        Replace(_everyone);
        foreach (var token in _revocations.Values) _owed.Withdraw(token);
        _revocations.Clear();
    }

    private void Forget()
    {
        foreach (var (credential, _) in _revocations.Where(one => !_owed.Contains(one.Value))) _revocations.TryRemove(credential, out _);
    }

    private void Replace(SharedToken token)
    {
        token.Become(Digest.Random(), token.Stamp, _time.GetTimestamp());
        if (AreShared) _owed.Add([token], static _ => true);
    }

    private void Weigh(SharedToken mine, TokenReading reading, List<TokenWrite> writes)
    {
        var found = reading.Find(mine.Field);
        var owed = _owed.VersionOf(mine);
        if (owed > 0)
        {
            var newest = Math.Max(mine.Stamp ?? 0, found?.Stamp ?? 0);
            Write(Digest.Random(), Math.Max(reading.Time, newest + 1));
        }
        else if (found is not { } there)
        {
            Write(mine.Token, mine.Stamp ?? reading.First);
        }
        else if (there.Server != reading.Server)
        {
            // Something has passed this gateway by: what it holds may have been purged.
            if (there.Stamp > mine.Stamp) mine.Become(Digest.Random(), null, _time.GetTimestamp());
            Write(mine.Token, mine.Stamp ?? there.Stamp - 1);
        }
        else if (mine.IsOlderThan(there))
        {
            mine.Become(there.Token, there.Stamp, _time.GetTimestamp());
        }
        else if (there.Token != mine.Token)
        {
            Write(mine.Token, mine.Stamp);
        }

        void Write(Digest token, long? stamp) =>
            writes.Add(new TokenWrite(mine, owed, token, stamp, IsLoss: mine.Stamp > (found?.Stamp ?? 0)));
    }

    private static Digest? CredentialIn(string field, string ours)
    {
        Span<byte> digest = stackalloc byte[Digest.Size];
        return field.StartsWith(ours, StringComparison.Ordinal)
            && Convert.FromHexString(field.AsSpan(ours.Length), digest, out _, out var length) == OperationStatus.Done
            && length == Digest.Size ? Digest.FromBytes(digest) : null;
    }
}
