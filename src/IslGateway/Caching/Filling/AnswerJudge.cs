using IslGateway.Caching.Answers;
using IslGateway.Outcomes;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Judges what ISL answers to one fill. It is asked by whoever makes the call, attempt by attempt: an answer that makes no sense is a failure
/// of ISL's like any other.
/// </summary>
internal sealed class AnswerJudge(FillOrder order, TimeProvider time)
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
        using var held = order.Budget.Hold(2L * answer.Body.Length);
        var scan = AnswerScan.Of(answer.Body.Span, order.Row.AnswerPlaces, order.RequestId);
        Shaped = AnswerReader.Shape(answer, scan, order.RequestId);
        HoldsForeignId = StorePolicy.HoldsForeignId(scan, Shaped, order.RequestId, order.Call.Body.Span);
        Verdict = StorePolicy.Judge(
            order.Row, answer, scan, Shaped, HoldsForeignId, order.Call.Body, order.Settings.Credentials.Headers, time.GetUtcNow());
        return Verdict.Reason != Reason.InvalidAnswer;
    }
}
