using BitFaster.Caching.Lru;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Settings;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// Decides who may have a hit. The gateway knows no keys, ISL does: an unproven credential is checked with a cheap call to
/// <c>Credentials:ProbePath</c> under the caller's own headers, one per credential at a time.
/// </summary>
internal sealed class CredentialGate(ProofBook proofs, IUpstream upstream, SettingsMonitor settings, TimeProvider time)
{
    /// <summary>How long a refusal is repeated without asking again.</summary>
    private static readonly TimeSpan RefusalHolds = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of a probe's answer to hold: ISL's refusals are under 1 kB.</summary>
    private const int MaxProbeAnswer = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, Task<CredentialVerdict>> _probes = [];
    private readonly ConcurrentLru<Digest, (long At, FillResult Answer)> _refusals = new(1_024);

    /// <summary>The standing of a credential, asking ISL if it has to. Waits <c>Credentials:ProbeTimeout</c> at most.</summary>
    public async ValueTask<CredentialVerdict> CheckAsync(HttpContext caller, Credential credential, string requestId)
    {
        if (proofs.IsProven(credential)) return CredentialVerdict.Proven;
        if (_refusals.TryGet(credential.Digest, out var refusal) && time.GetElapsedTime(refusal.At) < RefusalHolds)
        {
            return new CredentialVerdict(CredentialStanding.Refused, refusal.Answer);
        }

        try
        {
            return await Probe(caller, credential, requestId).WaitAsync(settings.Current.Credentials.ProbeTimeout, time, caller.RequestAborted);
        }
        catch (TimeoutException)
        {
            return CannotTell(credential);
        }
    }

    /// <summary>What a fill or a probe learned of a credential.</summary>
    public void Learn(Credential credential, int statusCode)
    {
        if (statusCode is >= 200 and < 300)
        {
            proofs.Prove(credential);
            _refusals.TryRemove(credential.Digest);
        }
        else if (IsRefusal(statusCode))
        {
            proofs.Unprove(credential);
        }
    }

    private static bool IsRefusal(int statusCode) => statusCode is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden;

    private Task<CredentialVerdict> Probe(HttpContext caller, Credential credential, string requestId)
    {
        var options = settings.Current.Credentials;
        var call = new UpstreamCall(HttpMethods.Get, options.ProbePath, FillHeaders.ForProbe(caller.Request.Headers, options.Headers, requestId), default)
        {
            MaxAnswerSize = MaxProbeAnswer,
            Credential = credential,
            RemoteAddress = caller.Connection.RemoteIpAddress,
        };
        lock (_gate)
        {
            if (_probes.TryGetValue(credential.Digest, out var running)) return running;
            using var detached = ExecutionContext.SuppressFlow();
            return _probes[credential.Digest] = Task.Run(() => ProbeAsync(call, credential, requestId));
        }
    }

    private async Task<CredentialVerdict> ProbeAsync(UpstreamCall call, Credential credential, string requestId)
    {
        try
        {
            using var deadline = new CancellationTokenSource(settings.Current.Credentials.ProbeTimeout, time);
            var answer = await upstream.SendAsync(call, deadline.Token);
            if (answer.Rest is { } rest) await rest.CompleteAsync();
            if (answer.Failure != UpstreamFailure.None) return CannotTell(credential);

            Learn(credential, answer.StatusCode);
            switch (answer.StatusCode)
            {
                case >= 200 and < 300:
                    return CredentialVerdict.Proven;
                case StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden:
                    var refusal = FillResult.Refused(answer, requestId);
                    _refusals.AddOrUpdate(credential.Digest, (time.GetTimestamp(), refusal));
                    return new CredentialVerdict(CredentialStanding.Refused, refusal);
                case StatusCodes.Status429TooManyRequests or >= 500:
                    return CannotTell(credential);
                default:
                    return CredentialVerdict.Unknown;
            }
        }
        finally
        {
            lock (_gate) _probes.Remove(credential.Digest);
        }
    }

    private CredentialVerdict CannotTell(Credential credential) =>
        proofs.IsStillTrusted(credential) ? CredentialVerdict.Proven : CredentialVerdict.Unknown;
}
