using System.Net;
using BitFaster.Caching.Lru;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// Decides who may have a hit. The gateway knows no keys, only ISL does: an unproven credential is checked with a cheap call to
/// <c>Credentials:ProbePath</c> with the caller's own headers, one at a time per credential.
/// <code>
///   proof younger than Recheck, here or in Redis      proven; from half of Recheck on it is renewed in the background
///   younger than StaleProof, and ISL could not tell   proven at once; it is asked again in the background
///   else a probe: 2xx, and no web page                proven
///                 401, 403                            refused, at every gateway; repeated for 5 s
///                 429, 5xx, none within ProbeTimeout  cannot tell: proven while a proof is younger than StaleProof, else unknown
///                 anything else                       unknown: go upstream as a miss
/// </code>
/// </summary>
internal sealed class CredentialVerifier(
    ProofCache proofs, SharedProofs shared, Revocations revocations, RateLimits limits, IUpstream upstream,
    SettingsMonitor settings, TimeProvider time)
{
    /// <summary>How long a refusal is repeated without asking again.</summary>
    private static readonly TimeSpan RefusalHolds = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A probe runs on for at least this long even if nobody waits: ISL computes one request at a time, and the next caller can use its
    /// result.
    /// </summary>
    private static readonly TimeSpan ProbeLife = TimeSpan.FromSeconds(10);

    /// <summary>A renewal that failed is tried again after <c>Recheck</c> divided by this.</summary>
    private const int RenewalsPerRecheck = 20;

    /// <summary>
    /// The most probes at once; half of that for credentials that were never proven. Beyond it a credential counts as unknown, and its
    /// requests queue like any miss.
    /// </summary>
    private const int MaxProbes = 256;

    /// <summary>The most bytes of a probe's answer to hold: ISL's refusals are under 1 kB.</summary>
    private const int MaxProbeAnswer = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, CredentialProbe> _probes = [];
    private readonly ConcurrentLru<Digest, (long At, CredentialRefusal Answer)> _refusals = new(1_024);
    private readonly VainProbes _vain = new(time);
    private readonly ConcurrentLru<Digest, long> _renewals = new(4_096);

    /// <summary>Probes under way.</summary>
    public int Probes
    {
        get { lock (_gate) return _probes.Count; }
    }

    /// <summary>The standing of a credential, asking ISL if it has to. Waits <c>Credentials:ProbeTimeout</c> at most.</summary>
    /// <param name="context">The request that it came with.</param>
    /// <param name="credential">The credential.</param>
    /// <param name="left">How long the caller may yet wait.</param>
    public ValueTask<CredentialVerdict> CheckAsync(CacheContext context, Credential credential, TimeSpan left) =>
        CheckAsync(AskerOf(context), credential, context.RequestId, left);

    /// <summary>Whether a call's own credential is proven, asking ISL if needed. For callers who consider waiting for that call.</summary>
    /// <param name="call">The call, made with the headers that its credential was read from.</param>
    /// <param name="requestId">The id to ask ISL with.</param>
    /// <param name="left">How long whoever asks may still wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<bool> AcceptsAsync(UpstreamCall call, string requestId, TimeSpan left, CancellationToken cancellationToken)
    {
        if (call.Credential is not { } credential) return false;
        var asker = new Asker(call.Headers, call.RemoteAddress, null, null, cancellationToken) { Names = call.CredentialHeaders };
        return (await CheckAsync(asker, credential, requestId, left)).Standing == CredentialStanding.Proven;
    }

    /// <summary>
    /// The standing of a credential as far as it is known without asking ISL, and the age of its proof. Leaves no trace of having looked.
    /// </summary>
    public async ValueTask<(CredentialStanding Standing, TimeSpan Age)> PeekAsync(
        Credential credential, CredentialsOptions options, CancellationToken cancellationToken)
    {
        var age = proofs.AgeOf(credential);
        if (age < options.Recheck) return (CredentialStanding.Proven, age);
        if (RefusalOf(credential) is not null) return (CredentialStanding.Refused, age);
        if (age < options.StaleProof && IsInDoubt(credential, options.ProbeTimeout)) return (CredentialStanding.Proven, age);
        var theirs = (await shared.FindAsync(credential.Digest, asker: null, cancellationToken)).Value;
        if (theirs is { } proof && proof.Age < age) age = proof.Age;
        var counts = age < options.Recheck || (age < options.StaleProof && Pauses(credential));
        return (counts ? CredentialStanding.Proven : CredentialStanding.Unknown, age);
    }

    /// <summary>Whether the credential is known here: see <see cref="ProofCache.IsKnown"/>.</summary>
    public bool IsKnown(Credential credential) => proofs.IsKnown(credential);

    /// <summary>
    /// Where a credential is not known here, looks for a proof that another gateway, or this one before a restart, left in Redis.
    /// </summary>
    public async ValueTask RecallAsync(CacheContext context, Credential credential)
    {
        if (!proofs.IsKnown(credential)) await AdoptAsync(credential, context.Redis, context.Http.RequestAborted);
    }

    /// <summary>Starts a probe of a credential whose proof is too old, without waiting for it: the result will be needed soon.</summary>
    public void BeginCheck(CacheContext context, Credential credential)
    {
        var (options, age) = (context.Settings.Credentials, proofs.AgeOf(credential));
        if (age < options.Recheck || age >= options.StaleProof || Pauses(credential)) return;
        Probe(Call(AskerOf(context), credential, context.RequestId), credential, context.RequestId);
    }

    /// <summary>
    /// Whether a credential may have a stale answer after ISL has failed. ISL cannot be asked about the credential either, so any proof
    /// younger than <c>Credentials:StaleProof</c> is enough.
    /// </summary>
    public async ValueTask<bool> VouchesAsync(CacheContext context, Credential credential)
    {
        var asker = AskerOf(context);
        var longest = OptionsFor(asker).StaleProof;
        return proofs.AgeOf(credential) < longest || await AdoptAsync(credential, asker.Patience, asker.Aborted) < longest;
    }

    /// <summary>Takes in what ISL's answer to a call says about the call's credential.</summary>
    /// <param name="credential">The credential.</param>
    /// <param name="statusCode">ISL's status.</param>
    /// <param name="begunAt">When the call began, as a timestamp of the time provider.</param>
    public async ValueTask LearnAsync(Credential credential, int statusCode, long begunAt)
    {
        if (statusCode is >= 200 and < 300)
        {
            if (!proofs.Prove(credential, begunAt)) return;
            _refusals.TryRemove(credential.Digest);
            _vain.Forget(credential.Digest);
            if (proofs.Share(credential) is { } proof) shared.Share(credential, proof);
        }
        else if (IsRefusal(statusCode))
        {
            await revocations.RefuseAsync(credential.Digest);
        }
    }

    /// <summary>Whether a status says that ISL does not accept the credential.</summary>
    public static bool IsRefusal(int statusCode) => statusCode is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden;

    private async ValueTask<CredentialVerdict> CheckAsync(Asker asker, Credential credential, string requestId, TimeSpan left)
    {
        var options = OptionsFor(asker);
        var age = proofs.AgeOf(credential);
        if (age < options.Recheck)
        {
            if (!ProofCache.IsSettled(age, options)) Renew(asker, credential, requestId);
            return CredentialVerdict.Proven;
        }

        if (RefusalOf(credential) is { } refusal) return new CredentialVerdict(CredentialStanding.Refused, refusal);
        if (age < options.StaleProof && IsInDoubt(credential, options.ProbeTimeout))
        {
            if (!Pauses(credential)) Probe(Call(asker, credential, requestId), credential, requestId);
            return CredentialVerdict.Proven;
        }

        if (await AdoptAsync(credential, asker.Patience, asker.Aborted) < options.Recheck) return CredentialVerdict.Proven;
        if (Pauses(credential) || Probe(Call(asker, credential, requestId), credential, requestId, options.Recheck) is not { } probe)
            return CannotTell(credential);
        try
        {
            var patience = options.ProbeTimeout - time.GetElapsedTime(probe.BegunAt);
            if (left < patience) patience = left;
            return await probe.Answer.WaitAsync(patience > TimeSpan.Zero ? patience : TimeSpan.Zero, time, asker.Aborted);
        }
        catch (TimeoutException)
        {
            return CannotTell(credential);
        }
    }

    private CredentialRefusal? RefusalOf(Credential credential) =>
        _refusals.TryGet(credential.Digest, out var refusal) && time.GetElapsedTime(refusal.At) < RefusalHolds ? refusal.Answer : null;

    /// <summary>Whether ISL could not tell a short time ago, or has been busy with a probe for longer than anybody waits.</summary>
    private bool IsInDoubt(Credential credential, TimeSpan longest)
    {
        if (_vain.AreRecent(credential.Digest)) return true;
        lock (_gate) return _probes.TryGetValue(credential.Digest, out var running) && time.GetElapsedTime(running.BegunAt) >= longest;
    }

    private bool Pauses(Credential credential) => _vain.Pause(credential.Digest);

    /// <summary>Looks for a proof that another gateway, or this one before a restart, left in Redis.</summary>
    private async ValueTask<TimeSpan> AdoptAsync(Credential credential, RedisPatience? asker, CancellationToken cancellationToken)
    {
        if ((await shared.FindAsync(credential.Digest, asker, cancellationToken)).Value is { } proof) proofs.Adopt(credential, proof);
        return proofs.AgeOf(credential);
    }

    private static Asker AskerOf(CacheContext context) =>
        new(context.Http.Request.Headers, context.Http.Connection.RemoteIpAddress,
            context.Settings.Credentials, context.Redis, context.Http.RequestAborted);

    /// <summary>The settings that the request's key was made with, if there is a request; else the current ones.</summary>
    private CredentialsOptions OptionsFor(Asker asker) => asker.Options ?? settings.Current.Credentials;

    private void Renew(Asker asker, Credential credential, string requestId)
    {
        var options = OptionsFor(asker);
        var spacing = options.Recheck / RenewalsPerRecheck;
        if (_renewals.TryGet(credential.Digest, out var at) && time.GetElapsedTime(at) < spacing) return;
        _renewals.AddOrUpdate(credential.Digest, time.GetTimestamp());
        var call = Call(asker, credential, requestId);
        if (limits.HasHeadroom(call, options.MinHeadroom)) Probe(call, credential, requestId);
    }

    private UpstreamCall Call(Asker asker, Credential credential, string requestId)
    {
        var options = OptionsFor(asker);
        var names = asker.Names is { Count: > 0 } own ? own : options.Headers;
        return new UpstreamCall(HttpMethods.Get, options.ProbePath, FillHeaders.ForProbe(asker.Headers, names, requestId), default)
        {
            Purpose = CallPurpose.Probe,
            MaxAnswerSize = MaxProbeAnswer,
            Credential = credential,
            CredentialHeaders = names,
            RemoteAddress = asker.Address,
        };
    }

    /// <summary>The probe of a credential, started if none is running; null if too many are.</summary>
    /// <param name="call">The call that asks ISL.</param>
    /// <param name="credential">The credential.</param>
    /// <param name="requestId">The id that ISL is asked with.</param>
    /// <param name="recheck">A proof younger than this makes it needless: another probe may have ended since its caller looked.</param>
    private CredentialProbe? Probe(UpstreamCall call, Credential credential, string requestId, TimeSpan recheck = default)
    {
        lock (_gate)
        {
            if (_probes.TryGetValue(credential.Digest, out var running)) return running;
            if (proofs.AgeOf(credential) < recheck) return new(Task.FromResult(CredentialVerdict.Proven), time.GetTimestamp());
            if (_probes.Count >= (proofs.HasProof(credential.Digest) ? MaxProbes : MaxProbes / 2)) return null;
            var begunAt = time.GetTimestamp();
            using var detached = ExecutionContext.SuppressFlow();
            return _probes[credential.Digest] =
                new CredentialProbe(Task.Run(() => ProbeAsync(call, credential, requestId, begunAt)), begunAt);
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
            if (answer.Failure != UpstreamFailure.None) return AskedInVain(credential, isLimited: false);

            // A web page comes from something in front of ISL, such as a log-in page, and says nothing about the credential.
            if (answer.StatusCode is >= 200 and < 300 && answer.IsPage) return CredentialVerdict.Unknown;
            await LearnAsync(credential, answer.StatusCode, begunAt);
            switch (answer.StatusCode)
            {
                case >= 200 and < 300:
                    return proofs.AgeOf(credential) < options.Recheck ? CredentialVerdict.Proven : CredentialVerdict.Unknown;
                case StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden:
                    _vain.Forget(credential.Digest);
                    var refusal = new CredentialRefusal(answer, requestId);
                    _refusals.AddOrUpdate(credential.Digest, (time.GetTimestamp(), refusal));
                    return new CredentialVerdict(CredentialStanding.Refused, refusal);
                case StatusCodes.Status429TooManyRequests or >= 500:
                    return AskedInVain(credential, answer.IsRateLimited);
                default:
                    _vain.Forget(credential.Digest);
                    return CredentialVerdict.Unknown;
            }
        }
        finally
        {
            lock (_gate) _probes.Remove(credential.Digest);
        }
    }

    private CredentialVerdict AskedInVain(Credential credential, bool isLimited)
    {
        _vain.Add(credential.Digest, isLimited);
        return CannotTell(credential);
    }

    private CredentialVerdict CannotTell(Credential credential) =>
        proofs.IsKnown(credential) ? CredentialVerdict.Proven : CredentialVerdict.Unknown;

    /// <summary>Who asks, and the headers to ask ISL with.</summary>
    private readonly record struct Asker(
        IHeaderDictionary Headers, IPAddress? Address, CredentialsOptions? Options, RedisPatience? Patience, CancellationToken Aborted)
    {
        /// <summary>Names of the credential headers, if other than those in the settings.</summary>
        public IReadOnlyList<string>? Names { get; init; }
    }
}
