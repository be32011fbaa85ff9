using IslGateway.Caching.Answers;
using IslGateway.Outcomes;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Judges what ISL answers to one fill. It is asked by whoever makes the call, attempt by attempt: an answer that makes no sense is a
/// failure of ISL's like any other.
/// </summary>
internal sealed class AnswerJudge(FillRequest fill, TimeProvider time)
{
    /// <summary>The last answer with gaps for the echoed id.</summary>
    public StoredAnswer? Shaped { get; private set; }

    /// <summary>Whether the last answer holds the id that was sent where no other can be put.</summary>
    public bool HoldsForeignId { get; private set; }

    /// <summary>Whether the last answer may be stored.</summary>
    public StoreVerdict Verdict { get; private set; }

    /// <summary>Takes in a whole answer.</summary>
    /// <returns>False: it makes no sense and nobody may have it.</returns>
    public bool IsSound(UpstreamAnswer answer)
    {
        // As it came, and without the ids that it echoes.
        using var held = fill.Budget.Hold(2L * answer.Body.Length);
        var scan = AnswerScan.Of(answer.Body.Span, fill.Row.AnswerPlaces, fill.RequestId);
        Shaped = AnswerReader.Shape(answer, scan, fill.RequestId);
        HoldsForeignId = StorePolicy.HoldsForeignId(scan, Shaped, fill.RequestId, fill.Call.Body.Span);
        Verdict = StorePolicy.Judge(
            fill.Row, answer, scan, Shaped, HoldsForeignId, fill.Call.Body, fill.Settings.Credentials.Headers, time.GetUtcNow());
        return Verdict.Reason != Reason.InvalidAnswer;
    }
}
