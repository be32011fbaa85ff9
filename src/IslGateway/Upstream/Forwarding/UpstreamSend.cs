using System.Diagnostics;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// One sending of a request to ISL, carried as a feature of its context and as an option of its message: over which connection it may go,
/// and what happened there.
/// </summary>
internal sealed class UpstreamSend
{
    /// <summary>
    /// Bodies from this size on get a connection of their own. A smaller one fits into the two kernels' buffers even if nobody reads it; a
    /// larger one may be left half sent by an early answer, after which the connection cannot carry another request.
    /// </summary>
    public const long LargeBody = 64 << 10;

    /// <summary>The message's option that holds it.</summary>
    public static readonly HttpRequestOptionsKey<UpstreamSend> Key = new("IslGateway.UpstreamSend");

    private static readonly AsyncLocal<UpstreamSend?> UnderWay = new();

    /// <summary>A connection that was already closed shows it within a round trip; if it ends later, ISL had begun to compute.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly long _madeAt = Stopwatch.GetTimestamp();
    private bool? _isOverReused;
    private bool _endedSoon;
    private long _begunAt;

    /// <summary>
    /// The sending in whose async flow this code runs. HTTP/1.1 writes in its caller's flow, so a connection can tell whose bytes it sends.
    /// </summary>
    public static UpstreamSend? Current => UnderWay.Value;

    /// <summary>
    /// Whether it must not use a connection that might end because it was idle: it cannot be sent again, or has been already.
    /// </summary>
    public required bool NeedsOwnConnection { get; init; }

    /// <summary>
    /// Its body, where the whole of it is in memory and it is small: it then leaves together with the head. It must not change until the
    /// sending has ended, so it is no pooled one. Empty: the body comes from the request's stream.
    /// </summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether ISL's answer has begun.</summary>
    public bool IsAnswered => AnsweredAfter is not null;

    /// <summary>How long after it was made ISL's answer began; null: it has not.</summary>
    public TimeSpan? AnsweredAfter { get; private set; }

    /// <summary>To be called when ISL's answer begins.</summary>
    public void BeginAnswer() => AnsweredAfter ??= Stopwatch.GetElapsedTime(_madeAt);

    /// <summary>Makes it the current sending until the caller returns.</summary>
    public void Enter() => UnderWay.Value = this;

    /// <summary>To be called when its first byte is about to be sent.</summary>
    /// <param name="isReused">Whether the connection has carried another request before.</param>
    public void BeginOver(bool isReused) => (_isOverReused, _endedSoon, _begunAt) = (isReused, false, Stopwatch.GetTimestamp());

    /// <summary>To be called when its connection has ended before any byte of an answer.</summary>
    public void EndUnanswered() => _endedSoon = Stopwatch.GetElapsedTime(_begunAt) < Soon;

    /// <summary>
    /// Whether a reused connection ended under it. ISL closes connections that were idle (<see cref="Settings.IslOptions.IdleTimeout"/>),
    /// and unannounced after an error of its own. A body that crashes ISL can look the same.
    /// </summary>
    /// <param name="failure">
    /// Why there is no answer. Needed only for HTTP/2, where connections are shared and do not report their end for each request.
    /// </param>
    /// <param name="after">How long after sending began.</param>
    public bool WasCutOff(Exception? failure, TimeSpan after) =>
        _isOverReused is { } isReused ? isReused && _endedSoon : !NeedsOwnConnection && after < Soon && IdleReset.Is(failure);
}
