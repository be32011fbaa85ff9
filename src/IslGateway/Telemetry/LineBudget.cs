namespace IslGateway.Telemetry;

/// <summary>
/// Lets only so many log lines of a kind pass in a minute. A minute begins with a line; at its end it is told how many were left out.
/// </summary>
internal sealed class LineBudget : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Action<long> _tell;
    private readonly ITimer _end;
    private bool _isOpen;
    private int _passed;
    private long _leftOut;

    /// <param name="time">The clock.</param>
    /// <param name="tell">Is told how many lines a minute left out, where it left out any.</param>
    public LineBudget(TimeProvider time, Action<long> tell)
    {
        _tell = tell;
        _end = time.CreateTimer(static budget => ((LineBudget)budget!).End(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether a line may be written now.</summary>
    /// <param name="limit">The most in a minute.</param>
    public bool TryTake(int limit)
    {
        lock (_gate)
        {
            if (!_isOpen) _isOpen = _end.Change(Window, Timeout.InfiniteTimeSpan);
            if (_passed < limit)
            {
                _passed++;
                return true;
            }

            _leftOut++;
            return false;
        }
    }

    /// <summary>Tells what the last minute left out, though it is not over.</summary>
    public void Dispose()
    {
        _end.Dispose();
        End();
    }

    private void End()
    {
        long leftOut;
        lock (_gate)
        {
            leftOut = _leftOut;
            (_isOpen, _passed, _leftOut) = (false, 0, 0);
        }

        if (leftOut > 0) _tell(leftOut);
    }
}
