using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;

namespace IslGateway.Workflows.Kept;

/// <summary>
/// The requests that are kept to be asked again, within <c>Cache:KeepRequests</c>: those asked most often whose answers took ISL longest.
/// What was purged, what a refused credential asked, and what belongs to a row in quarantine is not there any more, as soon as this gateway
/// knows of it. A hit of a request that is kept, or was looked at, takes no lock. Thread-safe.
/// </summary>
internal sealed class KeptRequests : IRequestKeeper, IDisposable
{
    /// <summary>A request may take the budget divided by this: one that took more would stand for too many others.</summary>
    private const int LargestShare = 16;

    /// <summary>An answer for which no time is known, or hardly any, is worth this; in seconds.</summary>
    private const double LeastSeconds = 0.001;

    private readonly Lock _gate = new();
    private readonly KeptShelf _shelf = new();
    private readonly TokenSet _tokens;
    private readonly Quarantine _quarantine;
    private readonly KeyComposer _keys;
    private readonly ProofCache _proofs;
    private readonly SettingsMonitor _settings;
    private readonly ReplayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly long _begunAt;
    private byte[] _secret;

    public KeptRequests(
        TokenSet tokens, Quarantine quarantine, KeyComposer keys, ProofCache proofs, SettingsMonitor settings, GatewayMetrics metrics,
        TimeProvider time)
    {
        (_tokens, _quarantine, _keys, _proofs, _settings, _time) = (tokens, quarantine, keys, proofs, settings, time);
        (_metrics, _begunAt, _secret) = (metrics.Replays, time.GetTimestamp(), keys.Secret());
        proofs.Refused += Forget;
    }

    public int Count
    {
        get { lock (_gate) return _shelf.Count; }
    }

    public long Bytes
    {
        get { lock (_gate) return _shelf.Bytes; }
    }

    private long Budget => _settings.Current.Cache.KeepRequests;

    /// <summary>Now, in half-lives.</summary>
    private double Moment => _time.GetElapsedTime(_begunAt) / KeptHeat.HalfLife;

    /// <summary>Those that are worth most, the one of most worth first.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="endpoint">Only those of the row, or rows, of this name or path; null: of all.</param>
    public IReadOnlyList<KeptRequest> Dearest(int count, string? endpoint = null)
    {
        (KeptEntry Entry, double Score)[] all;
        double moment;
        lock (_gate)
        {
            moment = Moment;
            all = [.. _shelf.Entries.Where(entry => IsOf(entry.Request.Row, endpoint) && Holds(entry))
                .Select(entry => (entry, entry.ScoreAt(moment)))];
        }

        var dearest = all.OrderByDescending(kept => kept.Score).Take(count).ToArray();
        lock (_gate) return Array.ConvertAll(dearest, kept => kept.Entry.At(moment));
    }

    /// <summary>The same, for whoever writes them down.</summary>
    public IReadOnlyList<KeptRecord> Records(int count)
    {
        var dearest = Dearest(count);
        lock (_gate)
        {
            return
            [
                .. dearest.Select(request => _shelf.TryFind(new KeptKey(request.Question, request.Owner), out var entry)
                        ? new KeptRecord(request, entry.Tokens, entry.Carried)
                        : null)
                    .OfType<KeptRecord>(),
            ];
        }
    }

    /// <summary>Takes back what was written down, unless it is here already or has lost its right to be.</summary>
    public void Restore(KeptRecord record)
    {
        var entry = new KeptEntry(record.Request, record.Tokens, record.Carried);
        lock (_gate)
        {
            if (_shelf.TryFind(entry.Key, out _) || !Holds(entry) || entry.Size > Budget / LargestShare) return;
            _shelf.TryAdd(entry, record.Request.Count, Budget, Moment);
            Report();
        }
    }

    public void Served(CacheContext context, StoredAnswer answer, in AskedQuestion asked)
    {
        if (asked.Row.Cache != CachePolicy.Deterministic || Link(answer, asked, hits: 1)) return;
        try
        {
            if (!context.Body!.TryGetPlain(out var plain).IsReadable()) return;
            var request = context.Http.Request;
            var kept = RequestOf(
                asked, answer, KeyComposer.CanonicalMethod(request.Method), context.RawTarget, request.Scheme, request.Headers, plain);
            if (HasRoom(kept, answer.Hits)) Keep(kept with { Body = plain.ToArray() }, answer, asked, answer.Hits);
        }
        catch (OutOfMemoryException)
        {
            // It is asked again at a better moment.
        }
    }

    public void Stored(UpstreamCall call, StoredAnswer answer, in AskedQuestion asked)
    {
        // What the gateway asks by itself is no sign that anybody wants it.
        var isCallers = call.Purpose == CallPurpose.Fill;
        if (Link(answer, asked, hits: isCallers ? 1 : 0) || !isCallers) return;
        try
        {
            var scheme = call.Headers.ContainsKey(CallerScheme.Header) ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;
            Keep(RequestOf(asked, answer, call.Method, call.RawTarget, scheme, call.Headers, call.Body), answer, asked, hits: 1);
        }
        catch (OutOfMemoryException)
        {
            // It is asked again at a better moment.
        }
    }

    /// <summary>Its answer is stored under an epoch, as a look has shown.</summary>
    public void Saw(KeptRequest request, Digest epoch)
    {
        lock (_gate)
        {
            if (_shelf.TryFind(new KeptKey(request.Question, request.Owner), out var entry)) entry.Epoch = epoch;
        }
    }

    /// <summary>
    /// Takes in the hits since it was last done, and removes what has lost its right to be there and what a smaller budget has no room for.
    /// </summary>
    public void Sweep()
    {
        lock (_gate)
        {
            // Under another secret no digest is what it was.
            var secret = _keys.Secret();
            var isOfAnother = !secret.AsSpan().SequenceEqual(_secret);
            _secret = secret;
            RemoveAll(entry => isOfAnother || !Holds(entry));
            _shelf.Trim(Budget, Moment);
            Report();
        }
    }

    public void Dispose() => _proofs.Refused -= Forget;

    private static bool IsOf(EndpointRow row, string? endpoint) =>
        endpoint is null || row.Name.Equals(endpoint, StringComparison.OrdinalIgnoreCase) || row.Path == endpoint;

    private static KeptRequest RequestOf(
        in AskedQuestion asked, StoredAnswer answer, string method, string target, string scheme, IHeaderDictionary headers,
        ReadOnlyMemory<byte> body) => new()
        {
            Row = asked.Row,
            Method = HttpMethods.GetCanonicalizedValue(method),
            Target = target == asked.Row.Path ? asked.Row.Path : target,
            Scheme = scheme == Uri.UriSchemeHttps ? Uri.UriSchemeHttps : Uri.UriSchemeHttp,
            Headers = asked.Row.KeyHeaders.Length == 0 ? [] :
            [
                .. asked.Row.KeyHeaders.SelectMany(name => headers[name], static (name, value) => KeyValuePair.Create(name, value ?? "")),
            ],
            Body = body,
            Seconds = SecondsOf(answer),
            Owner = asked.Owner,
            Question = asked.Question,
            Epoch = asked.Epoch,
        };

    private static double SecondsOf(StoredAnswer answer) => Math.Max(answer.UpstreamDuration.TotalSeconds, LeastSeconds);

    /// <summary>Has the hits of an answer counted by its request, if that is kept.</summary>
    private bool Link(StoredAnswer answer, in AskedQuestion asked, int hits)
    {
        lock (_gate)
        {
            if (!_shelf.TryFind(new KeptKey(asked.Question, asked.Owner), out var entry) || !Holds(entry)) return false;
            _shelf.Settle(entry, Moment, hits, SecondsOf(answer));
            entry.Epoch = asked.Epoch;
            answer.HitCount = entry;
            return true;
        }
    }

    private bool HasRoom(KeptRequest request, int hits)
    {
        var size = KeptEntry.SizeOf(request);
        lock (_gate)
        {
            return size <= Budget / LargestShare
                && _shelf.HasRoom(size, KeptEntry.ScoreOf(hits, request.Seconds, Moment), Budget, Moment);
        }
    }

    private void Keep(KeptRequest request, StoredAnswer answer, in AskedQuestion asked, int hits)
    {
        lock (_gate)
        {
            // A purge may have come while it was asked.
            if (_quarantine.Holds(asked.Row) || asked.Tokens != _tokens.KeyOf(asked.Row)) return;
            var entry = new KeptEntry(request, asked.Tokens, CarriedBy(asked.Owner));
            if (_shelf.TryFind(entry.Key, out var old)) _shelf.Remove(old);
            if (entry.Size > Budget / LargestShare || !_shelf.TryAdd(entry, hits, Budget, Moment)) return;
            answer.HitCount = entry;
            Report();
        }
    }

    /// <summary>Whether nothing that came after it was asked forbids to keep it.</summary>
    private bool Holds(KeptEntry entry) =>
        entry.Tokens == _tokens.KeyOf(entry.Request.Row) && entry.Carried == CarriedBy(entry.Request.Owner)
        && !_quarantine.Holds(entry.Request.Row);

    private Digest CarriedBy(Digest owner) => owner == default ? default : _tokens.ProofOf(owner).Carried;

    private void Forget(Digest credential)
    {
        lock (_gate)
        {
            RemoveAll(entry => entry.Request.Owner == credential);
            Report();
        }
    }

    private void RemoveAll(Predicate<KeptEntry> isLeaving)
    {
        foreach (var entry in _shelf.Entries.Where(entry => isLeaving(entry)).ToList()) _shelf.Remove(entry);
    }

    private void Report()
    {
        _metrics.KeptRequests.Set(_shelf.Count);
        _metrics.KeptBytes.Set(_shelf.Bytes);
    }
}
