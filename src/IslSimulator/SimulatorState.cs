using System.Security.Cryptography;
using IslSimulator.Answers;
using IslSimulator.Calls;
using IslSimulator.Journey;
using IslSimulator.Knobs;

namespace IslSimulator;

/// <summary>The state of one simulated ISL: its knobs, the calls it got, beliefs and outcomes. Thread-safe.</summary>
public sealed class SimulatorState
{
    private readonly Lock _gate = new();
    private readonly SimulatorOptions _options;
    private SimulatorKnobs _knobs;

    internal SimulatorState(SimulatorOptions options, TimeProvider time)
    {
        _options = options;
        _knobs = SimulatorKnobs.From(options);
        Time = time;
        Beliefs = options.SharedBeliefs ?? new BeliefStore();
        Limiter = new RateWindow(time);
    }

    /// <summary>The knobs now; each request sees one snapshot.</summary>
    public SimulatorKnobs Knobs => Volatile.Read(ref _knobs);

    /// <summary>Stored beliefs by user id.</summary>
    public BeliefStore Beliefs { get; }

    /// <summary>Fingerprint of health and answers; null is JSON null.</summary>
    public string? Fingerprint => Knobs.Fingerprint;

    public string Version
    {
        get => Knobs.Version;
        set => Update(knobs => knobs with { Version = value });
    }

    public string Build
    {
        get => Knobs.Build;
        set => Update(knobs => knobs with { Build = value });
    }

    /// <summary>Extra delay of every call except health.</summary>
    public TimeSpan Delay
    {
        get => Knobs.Delay;
        set => Update(knobs => knobs with { Delay = value });
    }

    /// <summary>Extra delay of <c>/health</c> and <c>/ready</c>.</summary>
    public TimeSpan HealthDelay
    {
        get => Knobs.HealthDelay;
        set => Update(knobs => knobs with { HealthDelay = value });
    }

    /// <summary>Makes <c>causal/validate</c> report <c>degraded</c> with status 200.</summary>
    public bool Degraded
    {
        get => Knobs.Degraded;
        set => Update(knobs => knobs with { Degraded = value });
    }

    /// <summary>Calls of everything except <c>/health</c> and <c>/_sim</c>.</summary>
    public long TotalCalls => Log.Total;

    public long HealthCalls => Log.Count("/health");

    /// <summary>The most calls, without health, that ever ran at once.</summary>
    public int ConcurrentMax => Log.ConcurrentMax;

    /// <summary>Calls by path, including <c>/health</c>.</summary>
    public IReadOnlyDictionary<string, long> CallCounts => Log.Counts();

    internal TimeProvider Time { get; }

    internal CallLog Log { get; } = new();

    internal OutcomeStore Outcomes { get; } = new();

    internal RateWindow Limiter { get; }

    internal SemaphoreSlim OneAtATime { get; } = new(1, 1);

    /// <summary>What differs from process to process in ISL: the hash seed, and the id in answers that skip the id layer.</summary>
    internal string ProcessSalt { get; } = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>How often a path was called; a path with an id is counted under its template.</summary>
    public long Calls(string path) => Log.Count(path);

    /// <summary>The last 200 calls, oldest first; only those of a path if one is given.</summary>
    public IReadOnlyList<CallRecord> LastCalls(string? path = null) => Log.Last(path);

    public void SetFingerprint(string? fingerprint) =>
        Update(knobs => knobs with { FingerprintJson = SimulatorKnobs.Quote(fingerprint) });

    /// <summary>Makes calls (of one path if given, else all except health) wait until released or abandoned.</summary>
    public void Hang(string? path = null) => Update(knobs => knobs with { Hang = new HangKnob(path) });

    /// <summary>Lets all waiting calls go on.</summary>
    public void ReleaseHang() => Update(static knobs => knobs with { Hang = null });

    /// <summary>
    /// Answers the next <paramref name="count"/> calls (all if null) with an error; only those of a path if one is given.
    /// </summary>
    public void Fail(int status, int? count = null, string? path = null) =>
        Update(knobs => knobs with { Errors = [.. knobs.Errors, new ErrorKnob(status, count, path)] });

    public void StopFailing() => Update(static knobs => knobs with { Errors = [] });

    /// <summary>Cuts the connection in mid-body of the next <paramref name="count"/> answers (all if null).</summary>
    public void Drop(int? count = null) => Update(knobs => knobs with { Drop = new CountDown(count) });

    public void StopDropping() => Update(static knobs => knobs with { Drop = null });

    /// <summary>Changes any knobs in one step.</summary>
    public void Update(Func<SimulatorKnobs, SimulatorKnobs> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        HangKnob? released;
        lock (_gate)
        {
            var before = _knobs;
            var after = change(before);
            Volatile.Write(ref _knobs, after);
            released = ReferenceEquals(before.Hang, after.Hang) ? null : before.Hang;
        }

        released?.Release();
    }

    /// <summary>Returns to the initial state: knobs, counters, beliefs, outcomes and rate windows.</summary>
    public void Reset()
    {
        Update(_ => SimulatorKnobs.From(_options));
        Log.Clear();
        Beliefs.Clear();
        Outcomes.Clear();
        Limiter.Clear();
    }
    internal Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) =>
        time <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(time, Time, cancellationToken);
}
