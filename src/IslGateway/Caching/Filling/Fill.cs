using IslGateway.Caching.Credentials;
using IslGateway.Caching.Keys;

namespace IslGateway.Caching.Filling;

/// <summary>One call to ISL that any number of callers wait for. It belongs to none of them: whoever leaves, it goes on.</summary>
internal sealed class Fill(Digest key, Credential leader)
{
    private readonly TaskCompletionSource<FillResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private int _waiters = 1;
    private bool _dropped;
    private bool _leaderLeft;

    public Digest Key { get; } = key;

    /// <summary>Whose headers the call carries.</summary>
    public Credential Leader { get; } = leader;

    /// <summary>Ends when the answer is there; never fails.</summary>
    public Task<FillResult> Completion => _completion.Task;

    /// <summary>Waits too, unless the fill was dropped because nobody did.</summary>
    public bool TryJoin()
    {
        lock (_gate)
        {
            if (_dropped) return false;
            _waiters++;
            return true;
        }
    }

    /// <summary>A caller waits no longer. The rest of an oversize answer is only for the leader: if it left, nobody takes it.</summary>
    public void Leave(bool isLeader)
    {
        lock (_gate)
        {
            _waiters--;
            if (isLeader) _leaderLeft = true;
        }

        if (isLeader && Completion.IsCompletedSuccessfully) Completion.Result.Rest?.Complete();
    }

    /// <summary>Gives the fill up if nobody waits for it; asked once, before the call is sent.</summary>
    public bool DropIfUnwanted()
    {
        lock (_gate) return _dropped = _waiters == 0;
    }

    /// <summary>Hands the result to everyone who waits.</summary>
    public void Complete(FillResult result)
    {
        _completion.TrySetResult(result);
        bool abandoned;
        lock (_gate) abandoned = _leaderLeft;
        if (abandoned) result.Rest?.Complete();
    }
}
