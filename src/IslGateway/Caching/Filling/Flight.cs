using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>One call to ISL that any number of callers wait for. It belongs to none of them and goes on when they leave.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has neither timer nor wait handle: there is nothing to dispose.")]
internal sealed class Flight(Digest key, Credential leader)
{
    private readonly TaskCompletionSource<FillResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _leaders = new();
    private readonly CancellationTokenSource _unwanted = new();
    private readonly Lock _gate = new();
    private int _waiters = 1;
    private bool _dropped;
    private bool _goesOn;
    private bool _closed;
    private bool _begun;
    private bool _leaderLeft;
    private long _queuedAt;
    private long _placedAt;

    public Digest Key { get; } = key;

    /// <summary>The credential that the call is made with.</summary>
    public Credential Leader { get; } = leader;

    /// <summary>
    /// When it began, if it is a background refresh, for which callers wait only a short time; a timestamp of the time provider.
    /// </summary>
    public long? BackgroundSince { get; init; }

    /// <summary>The call without its body; its headers serve to ask ISL about the leader's credential.</summary>
    public UpstreamCall? Call { get; init; }

    /// <summary>Whether a stopping gateway has given it up, so that its failure is no surprise.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>Ends with the result; never fails.</summary>
    public Task<FillResult> Completion => _completion.Task;

    /// <summary>
    /// Ends a moment later, and goes on with its leader on the fill's own thread: most fills have nobody else who waits, and a thread that
    /// has to be woken costs more than the leader's answer. For one waiter only.
    /// </summary>
    public Task LeadersCompletion => _leaders.Task;

    /// <summary>Cancelled when the last caller leaves before the call was sent, so that the fill gives up its place in the queue.</summary>
    public CancellationToken Unwanted => _unwanted.Token;

    /// <summary>The fill's span, to which those of its callers are linked; null where none is recorded.</summary>
    public Activity? Span { get; set; }

    /// <summary>To be called when it begins to wait for a place upstream.</summary>
    /// <param name="at">A timestamp of the time provider.</param>
    public void Queue(long at) => Volatile.Write(ref _queuedAt, at);

    /// <summary>To be called when it waits no longer, be it in vain.</summary>
    /// <param name="at">A timestamp of the time provider.</param>
    public void LeaveQueue(long at) => Volatile.Write(ref _placedAt, at);

    /// <summary>How long it has waited for a place upstream so far.</summary>
    public TimeSpan QueuedFor(TimeProvider time) => (Volatile.Read(ref _queuedAt), Volatile.Read(ref _placedAt)) switch
    {
        (0, _) => TimeSpan.Zero,
        (var from, 0) => time.GetElapsedTime(from),
        var (from, to) => time.GetElapsedTime(from, to),
    };

    /// <summary>Whether the call was sent.</summary>
    public bool HasBegun
    {
        get { lock (_gate) return _begun; }
    }

    /// <summary>Adds a caller, unless the fill was closed, or dropped because nobody waited.</summary>
    public bool TryJoin()
    {
        lock (_gate)
        {
            if (_dropped || _closed) return false;
            _waiters++;
            return true;
        }
    }

    /// <summary>Lets nobody else join: it goes on, and the next caller starts another.</summary>
    public void Close()
    {
        lock (_gate) _closed = true;
    }

    /// <summary>Removes a caller. The rest of an oversize answer is for the leader alone, so if the leader left nobody reads it.</summary>
    /// <param name="isLeader">Whether the caller is the one who started it.</param>
    /// <param name="goesOn">
    /// Whether the caller was served an older answer and the new one is still wanted: the fill is then not dropped when nobody waits.
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

    /// <summary>Marks the call as sent, unless nobody waits any more.</summary>
    public bool TryBegin()
    {
        lock (_gate) return _begun = !_dropped;
    }

    /// <summary>Gives the result to everyone who waits.</summary>
    public void Complete(FillResult result)
    {
        _completion.TrySetResult(result);
        bool abandoned;
        lock (_gate) abandoned = _leaderLeft;
        if (abandoned) result.Rest?.Complete();
        _leaders.TrySetResult();
    }
}
