namespace IslGateway.Caching.Credentials;

/// <summary>What this gateway has learnt of one credential: moments as timestamps of the time provider, null where there was none.</summary>
internal sealed class CredentialHistory
{
    private readonly Lock _gate = new();
    private long? _provenAt;
    private long? _refusedAt;
    private long? _sharedAt;

    /// <summary>When the call began by which ISL last accepted it, unless it was refused since.</summary>
    public long? ProvenAt
    {
        get { lock (_gate) return _provenAt; }
    }

    /// <summary>Takes a proof. One by a call that began before the last refusal proves nothing: ISL had not yet changed its mind.</summary>
    public bool Prove(long begunAt)
    {
        lock (_gate)
        {
            if (begunAt <= _refusedAt) return false;
            if (_provenAt is null || _provenAt < begunAt) _provenAt = begunAt;
            return true;
        }
    }

    public void Refuse(long at)
    {
        lock (_gate) (_provenAt, _refusedAt, _sharedAt) = (null, at, null);
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
