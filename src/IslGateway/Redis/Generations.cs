using System.Collections.Immutable;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Redis;

/// <summary>
/// The purge tokens in force here: one for everything and one for each cacheable row. Both are part of every entry's key, so replacing one is
/// a purge. Tokens are random and none is ever used twice: what Redis has lost or turned back can only cost hits.
/// </summary>
internal sealed class Generations
{
    /// <summary>The field of everything's token. Rows begin with a capital letter, so none is called so.</summary>
    public const string EverythingField = "all";

    private readonly Lock _gate = new();
    private readonly Generation _everything = new(EverythingField);
    private readonly Generation?[] _byRow;
    private readonly RetiredTokens _retired = new();
    private long _change;
    private volatile bool _wereRead;

    /// <param name="table">The rows.</param>
    /// <param name="areShared">Whether there is a Redis that shares the tokens.</param>
    public Generations(EndpointTable table, bool areShared)
    {
        AreShared = areShared;
        _byRow = [.. table.Rows.Select(row => row.IsCacheable ? new Generation(row.Name) : null)];
        All = [_everything, .. _byRow.OfType<Generation>()];
    }

    /// <summary>Whether other gateways share them.</summary>
    public bool AreShared { get; }

    /// <summary>Whether Redis's tokens have been read at least once; until then this gateway's own stand, and nobody else has them.</summary>
    public bool WereRead => _wereRead;

    /// <summary>Every scope.</summary>
    public ImmutableArray<Generation> All { get; }

    /// <summary>The last change made here; to be taken before a reading is begun.</summary>
    public long Change
    {
        get { lock (_gate) return _change; }
    }

    /// <summary>The tokens for a key of a cacheable row.</summary>
    public GenerationKey KeyOf(EndpointRow row) => new(_everything.Token, Of(row).Token);

    /// <summary>Replaces tokens at once. Where they are shared, each is pending until Redis has acknowledged a new one.</summary>
    public void Purge(bool everything, IEnumerable<EndpointRow> rows)
    {
        lock (_gate)
        {
            if (everything) Replace(_everything);
            foreach (var row in rows) Replace(Of(row));
        }
    }

    /// <summary>What Redis has not acknowledged, and by which change each was purged.</summary>
    public IReadOnlyList<(Generation Generation, long PurgedAt)> Pending()
    {
        lock (_gate) return [.. All.Where(generation => generation.PurgedAt > 0).Select(generation => (generation, generation.PurgedAt))];
    }

    /// <summary>
    /// Redis has taken a new token, which is in use from now on; not before, so that no entry is filed under it that another gateway's purge
    /// should have reached. What was purged again since then stays pending.
    /// </summary>
    public void Acknowledge(Generation generation, long purgedAt, Digest token)
    {
        lock (_gate)
        {
            if (generation.PurgedAt != purgedAt) return;
            generation.PurgedAt = 0;
            generation.ChangedAt = ++_change;
            generation.Token = token;
        }
    }

    /// <summary>Adopts what Redis says, but for scopes that were changed here since the reading was begun, or are pending.</summary>
    /// <param name="read">Token by field; null: damaged.</param>
    /// <param name="asOf"><see cref="Change"/> before the reading was begun.</param>
    /// <returns>Scopes that need a new token in Redis: theirs is missing, damaged, or one that was left behind long ago.</returns>
    public IReadOnlyList<Generation> Take(IReadOnlyDictionary<string, Digest?> read, long asOf)
    {
        var lost = new List<Generation>();
        lock (_gate)
        {
            foreach (var generation in All)
            {
                if (generation.PurgedAt > 0 || generation.ChangedAt > asOf) continue;
                if (read.GetValueOrDefault(generation.Field) is not { } token || _retired.Contains(token))
                {
                    lost.Add(generation);
                }
                else if (token != generation.Token)
                {
                    _retired.Add(generation.Token);
                    generation.Token = token;
                }
            }
        }

        if (lost.Count == 0) _wereRead = true;
        return lost;
    }

    private Generation Of(EndpointRow row) => _byRow[row.Index] ?? throw new ArgumentException($"{row} is never cached.", nameof(row));

    private void Replace(Generation generation)
    {
        _retired.Add(generation.Token);
        generation.Token = Digest.Random();
        generation.ChangedAt = ++_change;
        if (AreShared) generation.PurgedAt = generation.ChangedAt;
    }
}
