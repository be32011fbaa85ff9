namespace IslGateway.Redis;

/// <summary>
/// Keeps requests away from Redis while it is in trouble. One command of theirs that came to nothing opens it; they pay no second time,
/// since only the watch (<see cref="RedisWatch"/>) closes it, by prompt answers to questions of its own. So a hiccup costs a few
/// milliseconds without Redis; trouble that comes back soon after must be followed by twice as many prompt answers as before. Silence alone
/// is a doubt: it may have been that one command, such as for a large value. It is trouble once the watch is answered late as well.
/// Thread-safe.
/// </summary>
internal sealed class RedisBreaker(TimeProvider time)
{
    /// <summary>Answers in a row at most; with the watch's pace, less than a second.</summary>
    private const int MostAnswers = 8;

    /// <summary>
    /// Doubts in a row, with no answer to any request between them, that are trouble although the watch is answered promptly: a lookup and
    /// a lease may meet the same large value.
    /// </summary>
    private const int MostDoubts = 3;

    /// <summary>Trouble within this time after the end of the last is the same trouble.</summary>
    private static readonly TimeSpan Relapse = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _open;
    private volatile int _doubts;
    private bool _isTrouble;
    private long? _closedAt;
    private long? _wellAt;
    private int _needed = 1;
    private int _heard;

    /// <summary>Whether commands of requests are refused just now.</summary>
    public bool IsOpen => _open;

    /// <summary>Done once the breaker is open.</summary>
    public Task Opened
    {
        get { lock (_gate) return _opened.Task; }
    }

    /// <summary>A command came to nothing, or the watch says that Redis is away.</summary>
    /// <param name="begunAt">
    /// When it was sent, as a timestamp of the time provider. What was sent before the breaker last closed says nothing new.
    /// </param>
    public void Trip(long begunAt)
    {
        lock (_gate)
        {
            _heard = 0;
            if (begunAt < _closedAt) return;
            BeInTrouble();
            Open();
        }
    }

    /// <summary>A command was not answered in time. The watch is to look at once, and requests stay away until it has.</summary>
    /// <inheritdoc cref="Trip"/>
    public void Doubt(long begunAt)
    {
        lock (_gate)
        {
            _heard = 0;
            if (_open || begunAt < _closedAt) return;
            _doubts++;
            if (_doubts >= MostDoubts) BeInTrouble();
            Open();
        }
    }

    /// <summary>A command of a request was answered.</summary>
    public void Answered()
    {
        if (_doubts != 0) _doubts = 0;
    }

    /// <summary>What the watch heard.</summary>
    /// <param name="isPrompt">Whether Redis answered, and within what a request would have waited.</param>
    public void Hear(bool isPrompt)
    {
        lock (_gate)
        {
            if (!_open) return;
            if (!isPrompt) BeInTrouble();
            _heard = isPrompt ? _heard + 1 : 0;
            if (_heard < (_isTrouble ? _needed : 1)) return;
            _open = false;
            _closedAt = time.GetTimestamp();
            if (_isTrouble) _wellAt = _closedAt;
            _isTrouble = false;
            _opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private void BeInTrouble()
    {
        if (_isTrouble) return;
        var isRelapse = _wellAt is { } at && time.GetElapsedTime(at) < Relapse;
        _needed = isRelapse ? Math.Min(_needed * 2, MostAnswers) : 1;
        (_isTrouble, _doubts) = (true, 0);
    }

    private void Open()
    {
        _open = true;
        _opened.TrySetResult();
    }
}
