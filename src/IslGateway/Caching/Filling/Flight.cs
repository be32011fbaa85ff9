using System.Diagnostics.CodeAnalysis;
using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>One call to ISL that any number of callers wait for. It belongs to none of them: whoever leaves, it goes on.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has neither timer nor wait handle: there is nothing to dispose.")]
internal sealed class Flight(Digest key, Credential leader)
{
    private readonly TaskCompletionSource<FillResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _unwanted = new();
    private readonly Lock _gate = new();
    private int _waiters = 1;
    private bool _dropped;
    private bool _goesOn;
    private bool _closed;
    private bool _begun;
    private bool _leaderLeft;

    public Digest Key { get; } = key;

    /// <summary>Whose headers the call carries.</summary>
    public Credential Leader { get; } = leader;

    /// <summary>When it was begun, if it is a refresh in the background, which holds up nobody; a timestamp of the time provider.</summary>
    public long? BackgroundSince { get; init; }

    /// <summary>The call, without its body: under its headers ISL can be asked for the leader.</summary>
    public UpstreamCall? Call { get; init; }

    /// <summary>Whether the process has stopped waiting for it: that it fails from then on is expected.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>Ends when the answer is there; never fails.</summary>
    public Task<FillResult> Completion => _completion.Task;

    /// <summary>Cancelled when the last caller leaves before the call was begun: the fill gives up its place in the queue.</summary>
    public CancellationToken Unwanted => _unwanted.Token;

    /// <summary>Whether the call was begun.</summary>
    public bool HasBegun
    {
        get { lock (_gate) return _begun; }
    }

    /// <summary>Waits too, unless the fill was dropped because nobody did, or was closed.</summary>
    public bool TryJoin()
    {
        lock (_gate)
        {
            if (_dropped || _closed) return false;
            _waiters++;
            return true;
        }
    }

    /// <summary>Lets nobody else join: it goes on by itself, and whoever comes now has another begun in its place.</summary>
    public void Close()
    {
        lock (_gate) _closed = true;
    }

    /// <summary>A caller waits no longer. The rest of an oversize answer is only for the leader: if it left, nobody takes it.</summary>
    /// <param name="isLeader">Whether it is the one who started it.</param>
    /// <param name="goesOn">
    /// It was given something older, and the answer is wanted all the same: the fill is not dropped when nobody waits.
    /// </param>
    public void Leave(bool isLeader, bool goesOn = false)
    {
        lock (_gate)
        {
            _waiters--;
            if (isLeader) _leaderLeft = true;
            _goesOn |= goesOn;
            _dropped = _waiters == 0 && !_begun && !_goesOn;
        }

        if (_dropped) _unwanted.Cancel();

        if (isLeader && Completion.IsCompletedSuccessfully) Completion.Result.Rest?.Complete();
    }

    /// <summary>Begins the call, unless nobody waits for it any more.</summary>
    public bool TryBegin()
    {
        lock (_gate) return _begun = !_dropped;
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
