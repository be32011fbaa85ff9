using IslGateway.Caching.Answers;
using IslGateway.Outcomes;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>Judges ISL's answers to one fill, attempt by attempt: an answer that makes no sense counts as a failure of ISL.</summary>
internal sealed class AnswerJudge(FillRequest fill, TimeProvider time)
{
    /// <summary>The last answer, with gaps for the echoed id.</summary>
    public StoredAnswer? Shaped { get; private set; }

    /// <summary>The last answer's headers that only the leader is given.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> LeaderHeaders { get; private set; } = [];

    /// <summary>Whether the last answer holds the sent id in a place where it cannot be replaced by another.</summary>
    public bool HoldsForeignId { get; private set; }

    /// <summary>Whether the last answer may be stored.</summary>
    public StoreVerdict Verdict { get; private set; }

    /// <summary>Judges a complete answer.</summary>
    /// <returns>False if it makes no sense, so that nobody may have it.</returns>
    public bool IsSound(UpstreamAnswer answer)
    {
        // Room for the answer as received and for its copy without the ids.
        using var held = fill.Budget.Hold(2L * answer.Body.Length);
        var scan = AnswerScan.Of(answer.Body.Span, fill.Row.AnswerPlaces, fill.RequestId);
        Shaped = AnswerReader.Shape(answer, scan, fill.RequestId);
        LeaderHeaders = AnswerReader.ForLeader(answer);
        HoldsForeignId = StorePolicy.HoldsForeignId(scan, Shaped, fill.RequestId, fill.Call.Body.Span);
        Verdict = StorePolicy.Judge(
            fill.Row, answer, scan, Shaped, LeaderHeaders, HoldsForeignId, fill.Call.Body, fill.Settings.Credentials.Headers,
            time.GetUtcNow());
        return Verdict.Reason != Reason.InvalidAnswer;
    }
}
