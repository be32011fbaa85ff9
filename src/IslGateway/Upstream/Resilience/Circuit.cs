using IslGateway.Content;
using IslGateway.Settings;
using Polly;
using Polly.CircuitBreaker;

namespace IslGateway.Upstream.Resilience;

/// <summary>
/// Stops calls of one family of endpoints to one replica while too many different questions fail there. The state machine is Polly's;
/// <see cref="FailureWindow"/> decides when it opens, because by the share of all calls a single client could open it by repeating a
/// failing body.
/// <code>
///   closed    --too many failures--&gt;  open       for BreakDuration nothing is sent
///   open      --after that--------&gt;   half-open  one call is let through, and while none has ended, one more each BreakDuration
///   half-open --one fails, or all say nothing--&gt; open;  --one succeeds--&gt; closed, everything forgotten
/// </code>
/// </summary>
internal sealed partial class Circuit
{
    private readonly Lock _gate = new();
    private readonly FailureWindow _window = new();
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline<bool> _breaker;
    private readonly SettingsMonitor _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _start;
    private volatile bool _isClosed = true;
    private CircuitTrial? _trial;
    private long _opens;

    /// <summary>Unless the circuit is closed: when the next call may be let through.</summary>
    private long _restsUntil;

    /// <param name="replica">The replica's id.</param>
    /// <param name="family">The family of endpoints.</param>
    /// <param name="settings">The current settings; section <c>Circuit</c>.</param>
    /// <param name="time">The clock for windows and breaks.</param>
    /// <param name="logger">Logs each change of state.</param>
    public Circuit(string replica, string family, SettingsMonitor settings, TimeProvider time, ILogger logger)
    {
        (Replica, Family, _settings, _time, _logger, _start) = (replica, family, settings, time, logger, time.GetTimestamp());
        _breaker = new ResiliencePipelineBuilder<bool> { TimeProvider = new SteadyTime(time) }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<bool>
            {
                // The window decides about failures, so every outcome that Polly handles opens the circuit.
                FailureRatio = 0,
                MinimumThroughput = 2,
                SamplingDuration = TimeSpan.FromDays(1),
                BreakDurationGenerator = _ => ValueTask.FromResult(settings.Current.Circuit.BreakDuration),
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome is { Exception: null, Result: true }),
                StateProvider = _state,
            })
            .Build();
    }

    public string Replica { get; }

    public string Family { get; }

    /// <summary>Whether calls are sent normally.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>How long until a call may be sent; null if one may be sent now, even if only as a probe.</summary>
    public TimeSpan? RefusedFor
    {
        get
        {
            if (_isClosed) return null;
            lock (_gate)
            {
                return _state.CircuitState != CircuitState.Closed && Now() is var now && now < _restsUntil
                    ? TimeSpan.FromTicks(_restsUntil - now)
                    : null;
            }
        }
    }

    /// <summary>Its state, for operators.</summary>
    public CircuitReport Report()
    {
        lock (_gate)
        {
            _window.Prune(Now() - _settings.Current.Circuit.SamplingDuration.Ticks);
            return new CircuitReport(Replica, Family, Word(_state.CircuitState), _window.FailingKeys, _opens);
        }
    }

    /// <summary>
    /// The right to be the call that is let through after the break; null if none is let through now. A probe may take as long as any call;
    /// while one is unanswered, another is let through after each further break.
    /// </summary>
    public CircuitProbe? TryProbe()
    {
        if (_isClosed) return null;
        lock (_gate)
        {
            if (_state.CircuitState == CircuitState.Closed || Now() < _restsUntil) return null;
            if (_trial is null)
            {
                var trial = new CircuitTrial();
                trial.Taken = RunAsync(trial);
                if (trial.Taken.IsCompleted) return null;
                _trial = trial;
                LogHalfOpen(Replica, Family);
            }

            _restsUntil = Now() + _settings.Current.Circuit.BreakDuration.Ticks;
            return _trial.Probe(Replica);
        }
    }

    /// <summary>
    /// Takes in how a call ended that was sent while the circuit was closed; if it has opened since, the outcome is ignored.
    /// </summary>
    public void Take(Digest key, CallVerdict callVerdict)
    {
        if (callVerdict == CallVerdict.Silent || !_isClosed) return;
        lock (_gate)
        {
            if (_state.CircuitState != CircuitState.Closed) return;
            var options = _settings.Current.Circuit;
            var opens = _window.Add(key, callVerdict == CallVerdict.Failing, Now(), options);
            _breaker.Execute(static opens => opens, opens);
            if (_state.CircuitState != CircuitState.Open) return;
            Opened(options);
            LogOpened(Replica, Family, _window.FailingKeys, options.SamplingDuration, options.BreakDuration);
        }
    }

    /// <summary>Keeps Polly half-open until a probe has decided.</summary>
    private async Task RunAsync(CircuitTrial trial)
    {
        try
        {
            await _breaker.ExecuteAsync(static (trial, _) => new ValueTask<bool>(trial.Verdict), trial);
        }
        catch (BrokenCircuitException)
        {
            // Polly's clock is slightly behind, so the break is not over for it.
            return;
        }

        lock (_gate)
        {
            _trial = null;
            if (_state.CircuitState == CircuitState.Closed)
            {
                _window.Clear();
                _isClosed = true;
                LogClosed(Replica, Family);
            }
            else
            {
                var options = _settings.Current.Circuit;
                Opened(options);
                LogReopened(Replica, Family, options.BreakDuration);
            }
        }
    }

    private void Opened(CircuitOptions options)
    {
        _opens++;
        _restsUntil = Now() + options.BreakDuration.Ticks;
        _isClosed = false;
    }

    private long Now() => _time.GetElapsedTime(_start).Ticks;

    private static string Word(CircuitState state) => state switch
    {
        CircuitState.Closed => CircuitReport.Closed,
        CircuitState.HalfOpen => CircuitReport.HalfOpen,
        _ => CircuitReport.Open,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Circuit of replica {Replica} for {Family} opened: {Keys} different requests failed within {Window}. "
        + "Nothing is sent there for {Break}")]
    private partial void LogOpened(string replica, string family, int keys, TimeSpan window, TimeSpan @break);

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Circuit of replica {Replica} for {Family} is half-open: one call is sent to see")]
    private partial void LogHalfOpen(string replica, string family);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Circuit of replica {Replica} for {Family} opened again: the call that was sent to see failed. "
        + "Nothing is sent there for {Break}")]
    private partial void LogReopened(string replica, string family, TimeSpan @break);

    [LoggerMessage(Level = LogLevel.Information, Message = "Circuit of replica {Replica} for {Family} closed")]
    private partial void LogClosed(string replica, string family);
}
