using BitFaster.Caching.Lru;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Journey;
using IslGateway.Settings;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// Decides who may have a hit. The gateway knows no keys, ISL does: an unproven credential is checked with a cheap call to
/// <c>Credentials:ProbePath</c> under the caller's own headers, one per credential at a time.
/// <code>
///   proof younger than Recheck, here or in Redis      proven; from half of Recheck on it is renewed in the background
///   else a probe: 2xx, and no web page                proven
///                 401, 403                            refused, at every gateway; repeated for 5 s
///                 429, 5xx, none within ProbeTimeout  cannot tell: proven while a proof is younger than StaleProof, else unknown
///                 anything else                       unknown: go upstream as a miss
/// </code>
/// </summary>
internal sealed class CredentialGate(
    ProofBook proofs, SharedProofs shared, SharedRefusals refusals, RateLimits limits, IUpstream upstream, SettingsMonitor settings, TimeProvider time)
{
    /// <summary>How long a refusal is repeated without asking again.</summary>
    private static readonly TimeSpan RefusalHolds = TimeSpan.FromSeconds(5);

    /// <summary>How long ISL is not asked again after it could not tell: short, since it may come to refuse.</summary>
    private static readonly TimeSpan VainHolds = TimeSpan.FromMilliseconds(250);

    /// <summary>The same once its rate limit is used up: ISL counts the calls that it blocks, so asking on would keep the caller blocked.</summary>
    private static readonly TimeSpan LimitedHolds = TimeSpan.FromSeconds(5);

    /// <summary>A probe goes on for so long though nobody waits: ISL computes one request at a time, and its answer serves the next caller.</summary>
    private static readonly TimeSpan ProbeLife = TimeSpan.FromSeconds(10);

    /// <summary>Renewals that fail are tried again when this share of <c>Recheck</c> has passed.</summary>
    private const int RenewalsPerRecheck = 20;

    /// <summary>Probes under way at most. Whoever comes beyond that is not known, and queues like any miss.</summary>
    private const int MaxProbes = 256;

    /// <summary>Bytes of a probe's answer to hold: ISL's refusals are under 1 kB.</summary>
    private const int MaxProbeAnswer = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, CredentialProbe> _probes = [];
    private readonly ConcurrentLru<Digest, (long At, FillResult Answer)> _refusals = new(1_024);
    private readonly ConcurrentLru<Digest, (long At, TimeSpan For)> _vain = new(4_096);
    private readonly ConcurrentLru<Digest, long> _renewals = new(4_096);

    /// <summary>The standing of a credential, asking ISL if it has to. Waits <c>Credentials:ProbeTimeout</c> at most.</summary>
    /// <param name="caller">Whose it is.</param>
    /// <param name="credential">The credential.</param>
    /// <param name="requestId">The id to ask ISL with.</param>
    /// <param name="left">How long the caller may yet wait.</param>
    public async ValueTask<CredentialVerdict> CheckAsync(HttpContext caller, Credential credential, string requestId, TimeSpan left)
    {
        var options = OptionsFor(caller);
        var age = proofs.AgeOf(credential);
        if (age < options.Recheck)
        {
            if (age > options.Recheck / 2) Renew(caller, credential, requestId);
            return CredentialVerdict.Proven;
        }

        if (_refusals.TryGet(credential.Digest, out var refusal) && time.GetElapsedTime(refusal.At) < RefusalHolds)
            return new CredentialVerdict(CredentialStanding.Refused, refusal.Answer);
        if (await AdoptAsync(credential, caller) < options.Recheck) return CredentialVerdict.Proven;
        if (_vain.TryGet(credential.Digest, out var vain) && time.GetElapsedTime(vain.At) < vain.For) return CannotTell(credential);

        if (Probe(Call(caller, credential, requestId), credential, requestId) is not { } probe) return CannotTell(credential);
        try
        {
            var patience = options.ProbeTimeout - time.GetElapsedTime(probe.BegunAt);
            if (left < patience) patience = left;
            return await probe.Answer.WaitAsync(patience > TimeSpan.Zero ? patience : TimeSpan.Zero, time, caller.RequestAborted);
        }
        catch (TimeoutException)
        {
            return CannotTell(credential);
        }
    }

    /// <summary>
    /// Has ISL asked about a credential whose proof is too old to go by, and waits for nothing: who will want to know it soon finds ISL asked already.
    /// </summary>
    public void BeginCheck(HttpContext caller, Credential credential, string requestId)
    {
        var (options, age) = (OptionsFor(caller), proofs.AgeOf(credential));
        var isKnown = age < options.Recheck || age >= options.StaleProof;
        if (isKnown || (_vain.TryGet(credential.Digest, out var vain) && time.GetElapsedTime(vain.At) < vain.For)) return;
        Probe(Call(caller, credential, requestId), credential, requestId);
    }

    /// <summary>
    /// Whether a credential may have what stands in for an ISL that has just failed to answer: it cannot be asked about the credential either, so
    /// that a proof younger than <c>Credentials:StaleProof</c> holds.
    /// </summary>
    public async ValueTask<bool> VouchesAsync(HttpContext caller, Credential credential)
    {
        var longest = OptionsFor(caller).StaleProof;
        return proofs.AgeOf(credential) < longest || await AdoptAsync(credential, caller) < longest;
    }

    /// <summary>What a call to ISL learned of the credential that it was made under.</summary>
    /// <param name="credential">The credential.</param>
    /// <param name="statusCode">ISL's status.</param>
    /// <param name="begunAt">When the call began, as a timestamp of the time provider.</param>
    public async ValueTask LearnAsync(Credential credential, int statusCode, long begunAt)
    {
        if (statusCode is >= 200 and < 300)
        {
            if (!proofs.Prove(credential, begunAt)) return;
            _refusals.TryRemove(credential.Digest);
            _vain.TryRemove(credential.Digest);
            if (proofs.ShouldShare(credential)) shared.Share(credential, proofs.AgeOf(credential));
        }
        else if (IsRefusal(statusCode))
        {
            await refusals.AnnounceAsync(credential.Digest);
        }
    }

    /// <summary>Whether a status is ISL's word against a credential.</summary>
    public static bool IsRefusal(int statusCode) => statusCode is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden;

    /// <summary>Takes over the proof that another gateway, or this one before a restart, has left in Redis.</summary>
    private async ValueTask<TimeSpan> AdoptAsync(Credential credential, HttpContext caller)
    {
        if (await shared.FindAsync(credential, caller.Features.Get<Exchange>(), caller.RequestAborted) is { } age) proofs.Adopt(credential, age);
        return proofs.AgeOf(credential);
    }

    /// <summary>What a call for a request is made by is what its key was made by.</summary>
    private CredentialsOptions OptionsFor(HttpContext caller) => (caller.Features.Get<Exchange>()?.Settings ?? settings.Current).Credentials;

    private void Renew(HttpContext caller, Credential credential, string requestId)
    {
        var options = OptionsFor(caller);
        var spacing = options.Recheck / RenewalsPerRecheck;
        if (_renewals.TryGet(credential.Digest, out var at) && time.GetElapsedTime(at) < spacing) return;
        _renewals.AddOrUpdate(credential.Digest, time.GetTimestamp());
        var call = Call(caller, credential, requestId);
        if (limits.HasHeadroom(call, options.MinHeadroom)) Probe(call, credential, requestId);
    }

    private UpstreamCall Call(HttpContext caller, Credential credential, string requestId)
    {
        var options = OptionsFor(caller);
        return new UpstreamCall(HttpMethods.Get, options.ProbePath, FillHeaders.ForProbe(caller.Request.Headers, options.Headers, requestId), default)
        {
            MaxAnswerSize = MaxProbeAnswer,
            Credential = credential,
            CredentialHeaders = options.Headers,
            RemoteAddress = caller.Connection.RemoteIpAddress,
        };
    }

    /// <summary>The probe of a credential, begun if there is none; null if there are too many.</summary>
    private CredentialProbe? Probe(UpstreamCall call, Credential credential, string requestId)
    {
        lock (_gate)
        {
            if (_probes.TryGetValue(credential.Digest, out var running)) return running;
            if (_probes.Count >= MaxProbes) return null;
            var begunAt = time.GetTimestamp();
            using var detached = ExecutionContext.SuppressFlow();
            return _probes[credential.Digest] = new CredentialProbe(Task.Run(() => ProbeAsync(call, credential, requestId, begunAt)), begunAt);
        }
    }

    private async Task<CredentialVerdict> ProbeAsync(UpstreamCall call, Credential credential, string requestId, long begunAt)
    {
        try
        {
            var options = settings.Current.Credentials;
            using var deadline = new CancellationTokenSource(options.ProbeTimeout > ProbeLife ? options.ProbeTimeout : ProbeLife, time);
            var answer = await upstream.SendAsync(call, deadline.Token);
            if (answer.Rest is { } rest) await rest.CompleteAsync();
            if (answer.Failure != UpstreamFailure.None) return AskedInVain(credential, VainHolds);

            // A page that something before ISL puts in its place accepts every credential.
            if (answer.StatusCode is >= 200 and < 300 && AnswerReader.IsPage(answer.Headers)) return CredentialVerdict.Unknown;
            await LearnAsync(credential, answer.StatusCode, begunAt);
            switch (answer.StatusCode)
            {
                case >= 200 and < 300:
                    return proofs.AgeOf(credential) < options.Recheck ? CredentialVerdict.Proven : CredentialVerdict.Unknown;
                case StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden:
                    var refusal = FillResult.Refused(answer, requestId);
                    _refusals.AddOrUpdate(credential.Digest, (time.GetTimestamp(), refusal));
                    return new CredentialVerdict(CredentialStanding.Refused, refusal);
                case StatusCodes.Status429TooManyRequests or >= 500:
                    return AskedInVain(credential, answer.IsRateLimited ? LimitedHolds : VainHolds);
                default:
                    return CredentialVerdict.Unknown;
            }
        }
        finally
        {
            lock (_gate) _probes.Remove(credential.Digest);
        }
    }

    private CredentialVerdict AskedInVain(Credential credential, TimeSpan holds)
    {
        _vain.AddOrUpdate(credential.Digest, (time.GetTimestamp(), holds));
        return CannotTell(credential);
    }

    private CredentialVerdict CannotTell(Credential credential) =>
        proofs.AgeOf(credential) < settings.Current.Credentials.StaleProof ? CredentialVerdict.Proven : CredentialVerdict.Unknown;
}
