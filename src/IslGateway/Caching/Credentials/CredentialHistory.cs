namespace IslGateway.Caching.Credentials;

/// <summary>
/// What this gateway has learnt of one credential, as timestamps of the time provider. A proof is dated by the beginning of the call that gave
/// it; one that is not younger than the last refusal proves nothing, since ISL had not yet changed its mind.
/// </summary>
internal sealed class CredentialHistory
{
    private readonly Lock _gate = new();
    private long? _own;
    private long? _adopted;
    private long? _refusedAt;
    private long? _sharedAt;

    /// <summary>The youngest proof that counts.</summary>
    /// <param name="ownSince">Of this gateway's own, those after this moment.</param>
    /// <param name="adoptedSince">Of those that other gateways gave, those after this moment.</param>
    public long? ProvenAt(long ownSince, long adoptedSince)
    {
        lock (_gate)
        {
            var own = _own > ownSince ? _own : null;
            var adopted = _adopted > adoptedSince ? _adopted : null;
            return own is null || adopted > own ? adopted : own;
        }
    }

    /// <summary>Takes a proof of this gateway's own.</summary>
    public bool Prove(long begunAt)
    {
        lock (_gate)
        {
            if (begunAt <= _refusedAt) return false;
            if (_own is null || _own < begunAt) _own = begunAt;
            return true;
        }
    }

    /// <summary>Takes over another gateway's proof.</summary>
    public void Adopt(long begunAt)
    {
        lock (_gate)
        {
            if (begunAt <= _refusedAt) return;
            if (_adopted is null || _adopted < begunAt) _adopted = begunAt;
        }
    }

    public void Refuse(long at)
    {
        lock (_gate) (_own, _adopted, _refusedAt, _sharedAt) = (null, null, at, null);
    }

    /// <summary>Whether the proof should be written where other gateways see it: not if that was done after a moment.</summary>
    public bool ShouldShare(long now, long unlessSince)
    {
        lock (_gate)
        {
            if (_sharedAt > unlessSince) return false;
            _sharedAt = now;
            return true;
        }
    }
}
