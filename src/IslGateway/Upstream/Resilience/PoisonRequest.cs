using IslGateway.Settings;

namespace IslGateway.Upstream.Resilience;

/// <summary>
/// What is remembered about one question whose fills fail. After enough failures within the window it is refused for a while; then one fill
/// is let through, and each time that this one fails, the next refusal lasts twice as long. Times are ticks of 100 ns from the same start.
/// </summary>
internal sealed class PoisonRequest
{
    private readonly Lock _gate = new();
    private readonly Queue<long> _failures = new();
    private TimeSpan _rest;
    private long _restsUntil;
    private bool _isProbed;

    /// <summary>How long until it may be asked; null if it may be asked now.</summary>
    public TimeSpan? RefusedFor(long now)
    {
        lock (_gate) return Refusal(now);
    }

    /// <summary>Lets a fill begin, or tells how long until one may; null if it has begun.</summary>
    public TimeSpan? Begin(long now)
    {
        lock (_gate)
        {
            if (Refusal(now) is { } wait) return wait;
            _isProbed = _rest > TimeSpan.Zero;
            return null;
        }
    }

    /// <summary>Takes in how a fill ended that was let through.</summary>
    /// <returns>How long the question is refused from now on; null if it is not.</returns>
    public TimeSpan? End(CallVerdict callVerdict, long now, CooldownOptions options)
    {
        lock (_gate)
        {
            var wasProbe = _isProbed;
            _isProbed = false;
            if (callVerdict != CallVerdict.Failing) return null;
            if (wasProbe) return RestFor(_rest + _rest, now, options);

            _failures.Enqueue(now);
            while (_failures.Peek() < now - options.SamplingDuration.Ticks || _failures.Count > options.Failures) _failures.Dequeue();
            return _failures.Count >= options.Failures && _rest == TimeSpan.Zero ? RestFor(options.FirstBreak, now, options) : null;
        }
    }

    private TimeSpan? Refusal(long now) =>
        now < _restsUntil ? TimeSpan.FromTicks(_restsUntil - now)
        : _isProbed ? _rest
        : null;

    private TimeSpan RestFor(TimeSpan rest, long now, CooldownOptions options)
    {
        _rest = rest < options.LongestBreak ? rest : options.LongestBreak;
        _restsUntil = now + _rest.Ticks;
        return _rest;
    }
}
