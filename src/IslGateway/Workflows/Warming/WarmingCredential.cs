using IslGateway.Settings;

namespace IslGateway.Workflows.Warming;

/// <summary>
/// A credential during one warming. While ISL is not known to accept it one call at a time is made under it, so that a revoked key is asked
/// with twice and no more.
/// </summary>
internal sealed class WarmingCredential : IDisposable
{
    /// <summary>After so many refusals nothing more is asked under a credential.</summary>
    public const int MaxRefusals = 2;

    private readonly SemaphoreSlim _alone = new(1);
    private readonly Lock _gate = new();
    private readonly string? _header;
    private readonly string? _value;
    private int _refusals;
    private bool _isAccepted;
    private (long At, TimeSpan For)? _pause;

    private WarmingCredential(int number, string? header, string? value) => (Number, _header, _value) = (number, header, value);

    /// <summary>Its place in <c>Warming:Credentials</c>, from 1; 0: no credential at all.</summary>
    public int Number { get; }

    /// <summary>Whether ISL has refused it so often that no more is asked.</summary>
    public bool IsRefused => Volatile.Read(ref _refusals) >= MaxRefusals;

    /// <summary>One that stands for no credential at all.</summary>
    public static WarmingCredential None() => new(0, null, null);

    /// <summary>Those of the settings; one that stands for none where there are none.</summary>
    public static WarmingCredential[] Of(GatewaySettings settings)
    {
        var all = settings.Warming.Credentials.Select((text, index) =>
            CredentialText.TryParse(text, settings.Credentials.Headers, out var header, out var value)
                ? new WarmingCredential(index + 1, header, value)
                : throw new InvalidOperationException("The settings have not been checked.")).ToArray();
        return all.Length > 0 ? all : [None()];
    }

    public void AddTo(IHeaderDictionary headers)
    {
        if (_header is not null) headers[_header] = _value;
    }

    /// <summary>Waits until a call may be made under it; disposing the result says that the call is over.</summary>
    public async Task<IDisposable?> EnterAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isAccepted)) return null;
        await _alone.WaitAsync(cancellationToken);
        var turn = new Turn(_alone);
        if (!Volatile.Read(ref _isAccepted)) return turn;
        turn.Dispose();
        return null;
    }

    public void Accept() => Volatile.Write(ref _isAccepted, true);

    public void Refuse()
    {
        Volatile.Write(ref _isAccepted, false);
        Interlocked.Increment(ref _refusals);
    }

    /// <summary>Asks nothing under it for a while.</summary>
    public void Pause(TimeSpan duration, TimeProvider time)
    {
        lock (_gate)
        {
            if (_pause is not { } pause || pause.For - time.GetElapsedTime(pause.At) < duration) _pause = (time.GetTimestamp(), duration);
        }
    }

    /// <summary>How long nothing is asked under it yet.</summary>
    /// <param name="time">The time.</param>
    /// <param name="hasPaused">Whether there was a pause, and the call that ISL has allowed after it is not made yet.</param>
    public TimeSpan Paused(TimeProvider time, out bool hasPaused)
    {
        lock (_gate)
        {
            hasPaused = _pause is not null;
            return _pause is { } pause && pause.For - time.GetElapsedTime(pause.At) is var left && left > TimeSpan.Zero
                ? left
                : TimeSpan.Zero;
        }
    }

    /// <summary>Makes an end of a pause that is over.</summary>
    public void Resume()
    {
        lock (_gate) _pause = null;
    }

    public void Dispose() => _alone.Dispose();

    private sealed class Turn(SemaphoreSlim alone) : IDisposable
    {
        private SemaphoreSlim? _alone = alone;

        public void Dispose() => Interlocked.Exchange(ref _alone, null)?.Release();
    }
}
