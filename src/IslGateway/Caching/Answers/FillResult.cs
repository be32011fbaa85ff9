using System.IO.Pipelines;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Outcomes;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Answers;

/// <summary>How a fill ended, for everyone who waited for it.</summary>
internal sealed class FillResult
{
    /// <summary>ISL's answer, ready for any caller's id; null if there is none.</summary>
    public StoredAnswer? Answer { get; init; }

    /// <summary>The error to answer with when there is no answer.</summary>
    public Problem? Problem { get; init; }

    /// <summary>Why the answer was not stored; <c>None</c> if it was.</summary>
    public Reason NotStored { get; init; }

    /// <summary>
    /// Whether only callers with the leader's credential may have this: the status, such as 401, 403 or 429, is about the caller.
    /// </summary>
    public bool IsPersonal { get; init; }

    /// <summary>
    /// Whether only the leader may have this: it is too large to share, or holds the leader's id where it cannot be replaced.
    /// </summary>
    public bool IsLeadersAlone { get; init; }

    /// <summary>Whether it came from the memory tier after all, because another fill for the key had just ended.</summary>
    public bool WasStored { get; init; }

    /// <summary>Headers of ISL's answer that only the leader is given: see <see cref="AnswerReader.ForLeader"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> LeaderHeaders { get; init; } = [];

    /// <summary>The rest of an oversize answer, still arriving.</summary>
    public PipeReader? Rest { get; init; }

    /// <summary>Ends when the rest no longer takes a place upstream.</summary>
    public Task Flowing { get; init; } = Task.CompletedTask;

    /// <summary>The epoch under which ISL computed the answer; null if that is not certain.</summary>
    public Epoch? Epoch { get; init; }

    /// <summary>The replica that answered.</summary>
    public string? ReplicaId { get; init; }

    /// <summary>Whether ISL was asked: not if the queue had no place, or a circuit was open.</summary>
    public bool WasSent { get; init; } = true;

    /// <summary>How long ISL took.</summary>
    public TimeSpan UpstreamDuration { get; init; }

    /// <summary>ISL's status, when it was not 200.</summary>
    public int? ForwardStatus => Answer is { StatusCode: var code and not StatusCodes.Status200OK } ? code : null;

    /// <summary>ISL's refusal of a credential, as a probe found it.</summary>
    public static FillResult Refused(CredentialRefusal refusal) => new()
    {
        Answer = AnswerReader.Shape(refusal.Answer, AnswerReader.DefaultPlaces, refusal.RequestId),
        NotStored = Reason.RefusedCredential,
        IsPersonal = true,
        LeaderHeaders = [.. AnswerReader.ForLeader(refusal.Answer).Where(header => !IsOfOneExchange(header.Key))],
        UpstreamDuration = refusal.Answer.Duration,
    };

    /// <summary>
    /// The refusal is repeated to every caller with this credential for a while, so headers meant for one exchange are left out.
    /// </summary>
    private static bool IsOfOneExchange(string header) =>
        header.Equals(HeaderNames.SetCookie, StringComparison.OrdinalIgnoreCase)
        || header.StartsWith("x-ratelimit-", StringComparison.OrdinalIgnoreCase)
        || header.StartsWith("RateLimit", StringComparison.OrdinalIgnoreCase);

    public static FillResult NotSent(Problem problem) => new() { Problem = problem, NotStored = problem.Cause, WasSent = false };

    public static FillResult Failed(Problem problem, TimeSpan duration = default) =>
        new() { Problem = problem, NotStored = problem.Cause, UpstreamDuration = duration };
}
