using BitFaster.Caching.Lru;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Upstream.Resilience;

/// <summary>
/// Refuses single questions at which ISL fails every time: a body that crashes or blocks ISL must not be sent again and again, and must not
/// count against the replica either. Only failed questions are remembered, the latest <see cref="Capacity"/>. A failure under a credential
/// that ISL is not known to accept (a stranger) counts for that credential alone; what is refused to everyone is refused to strangers, too.
/// </summary>
internal sealed partial class PoisonRequests
{
    private const int Capacity = 8_192;

    /// <summary>The shortest time between warnings, since a failing ISL makes very many questions cool down again and again.</summary>
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromSeconds(10);

    private readonly ConcurrentLru<Digest, PoisonRequest> _questions = new(Capacity);
    private readonly SettingsMonitor _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<PoisonRequests> _logger;
    private readonly long _start;
    private long _nextWarningAt;
    private int _unsaid;

    public PoisonRequests(SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time, ILogger<PoisonRequests> logger)
    {
        (_settings, _time, _logger, _start) = (settings, time, logger, time.GetTimestamp());
        metrics.Registry.AddBeforeCollectCallback(() => metrics.CooledQuestions.Set(Cooled));
    }

    /// <summary>How many questions are refused now.</summary>
    public int Cooled
    {
        get
        {
            var (count, now) = (0, Now());
            foreach (var (_, question) in _questions)
            {
                if (question.RefusedFor(now) is not null) count++;
            }

            return count;
        }
    }

    /// <summary>How long until a question may be asked; null if it may be asked now.</summary>
    public TimeSpan? RefusedFor(Digest key, Credential? stranger = null) =>
        Find(key)?.RefusedFor(Now()) ?? (stranger is { } alone ? Find(Own(key, alone))?.RefusedFor(Now()) : null);

    /// <summary>Lets a fill begin; whoever is let through must report its end.</summary>
    /// <returns>How long until one may begin; null if it has begun.</returns>
    public TimeSpan? Begin(Digest key, Credential? stranger = null) => stranger is { } alone
        ? Find(key)?.RefusedFor(Now()) ?? Find(Own(key, alone))?.Begin(Now())
        : Find(key)?.Begin(Now());

    /// <summary>Takes in how a fill that was let through ended.</summary>
    /// <param name="key">The question.</param>
    /// <param name="family">Its family of endpoints, for the log.</param>
    /// <param name="callVerdict">What the fill says about the question.</param>
    /// <param name="stranger">The fill's credential, if it is a stranger's.</param>
    public void End(Digest key, string family, CallVerdict callVerdict, Credential? stranger = null)
    {
        if (stranger is { } alone) key = Own(key, alone);
        if (callVerdict == CallVerdict.Healthy)
        {
            _questions.TryRemove(key);
            return;
        }

        var question = callVerdict == CallVerdict.Failing ? _questions.GetOrAdd(key, static _ => new PoisonRequest())
            : _questions.TryGet(key, out var known) ? known
            : null;
        if (question?.End(callVerdict, Now(), _settings.Current.Cooldown) is { } rest) Say(family, rest);
    }

    private PoisonRequest? Find(Digest key) => _questions.TryGet(key, out var question) ? question : null;

    private static Digest Own(Digest key, Credential stranger)
    {
        Span<byte> both = stackalloc byte[2 * Digest.Size];
        key.CopyTo(both);
        stranger.Digest.CopyTo(both[Digest.Size..]);
        return Digest.Of(both);
    }

    private void Say(string family, TimeSpan rest)
    {
        LogCooled(family, rest);
        Interlocked.Increment(ref _unsaid);
        var (now, due) = (Now(), Volatile.Read(ref _nextWarningAt));
        if (now < due || Interlocked.CompareExchange(ref _nextWarningAt, now + BetweenWarnings.Ticks, due) != due) return;
        LogSummary(Cooled, Interlocked.Exchange(ref _unsaid, 0));
    }

    private long Now() => _time.GetElapsedTime(_start).Ticks;

    [LoggerMessage(Level = LogLevel.Debug, Message = "A question to {Family} fails every time: it is not sent for {Rest}")]
    private partial void LogCooled(string family, TimeSpan rest);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Count} questions at which ISL fails every time cool down and are not sent; "
        + "{New} such breaks have begun since the last line like this")]
    private partial void LogSummary(int count, int @new);
}
