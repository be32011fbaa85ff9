using System.Diagnostics;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// One sending of a request to ISL, carried on its context as a feature and on the message: over which connection it may go, and what it
/// met there.
/// </summary>
internal sealed class UpstreamSend
{
    /// <summary>
    /// Bodies from this size go over a connection of their own. What is smaller, the two kernels take in though nobody reads it; what is
    /// larger can be left half sent by an answer that comes early, and nothing can follow it on that connection.
    /// </summary>
    public const long LargeBody = 64 << 10;

    /// <summary>Where the message carries it.</summary>
    public static readonly HttpRequestOptionsKey<UpstreamSend> Key = new("IslGateway.UpstreamSend");

    private static readonly AsyncLocal<UpstreamSend?> UnderWay = new();

    /// <summary>A connection that was closed already says so within a round trip; what ends later had begun to be computed.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private bool? _isOverReused;
    private bool _endedSoon;
    private long _begunAt;

    /// <summary>
    /// The sending in whose flow this code runs. HTTP/1.1 writes in its caller's flow, so that a connection knows whose bytes it sends.
    /// </summary>
    public static UpstreamSend? Current => UnderWay.Value;

    /// <summary>
    /// Whether it must not meet the end of a connection that was used before: it cannot be sent again, or it is, for that reason.
    /// </summary>
    public required bool NeedsOwnConnection { get; init; }

    /// <summary>Whether ISL's answer has begun.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Makes it the one in whose flow its caller runs, until that returns.</summary>
    public void Enter() => UnderWay.Value = this;

    /// <summary>Its first byte is about to leave.</summary>
    /// <param name="isReused">Whether the connection has carried another before.</param>
    public void BeginOver(bool isReused) => (_isOverReused, _endedSoon, _begunAt) = (isReused, false, Stopwatch.GetTimestamp());

    /// <summary>Its connection has ended before any byte of an answer.</summary>
    public void EndUnanswered() => _endedSoon = Stopwatch.GetElapsedTime(_begunAt) < Soon;

    /// <summary>
    /// Whether it met the end of a connection that had been used before, which ISL closes after 5 s of idleness, and unannounced after an
    /// error of its own. A body that crashes ISL can look the same.
    /// </summary>
    /// <param name="failure">
    /// Why there is no answer. Only over HTTP/2, where connections are shared, the answer must be guessed from it.
    /// </param>
    /// <param name="after">How long after sending began.</param>
    public bool WasCutOff(Exception? failure, TimeSpan after) =>
        _isOverReused is { } isReused ? isReused && _endedSoon : !NeedsOwnConnection && after < Soon && IdleReset.Is(failure);
}
