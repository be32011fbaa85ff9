using IslGateway.Caching.Answers;
using IslGateway.Caching.Epochs;
using IslGateway.Telemetry;
using IslGateway.Workflows.Inner;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Warming;

namespace IslGateway.Workflows.Compare;

/// <summary>
/// What callers have now for a question: the stored answer of the present configuration or, where none is stored, ISL's, which is asked as
/// for a warming: within its budget, behind callers, and what it says is stored.
/// </summary>
internal sealed class PresentAnswers(KeptAnswers answers, WarmingCaller caller, ReplicaRegistry replicas, GatewayMetrics metrics)
{
    /// <summary>The stored answer; null: there is none.</summary>
    public async Task<StoredAnswer?> StoredAsync(KeptRequest question, CancellationToken cancellationToken)
    {
        foreach (var epoch in replicas.LookupDigests())
        {
            if (await answers.FindAsync(question, epoch, cancellationToken) is { } answer) return answer;
        }

        return null;
    }

    /// <summary>ISL's answer, which goes into the cache; null: it gives none that does.</summary>
    public async Task<StoredAnswer?> AskedAsync(
        KeptRequest question, WarmingCredential credential, CancellationToken cancellationToken)
    {
        var item = RequestItem.Of(question.Method, question.Target, question.Headers, question.Body);
        var manner = new WarmingManner(question.Scheme, CompareRun.IdPrefix, OnlyWhileIdle: false);
        var result = await caller.AnswerAsync(0, item, credential, manner, cancellationToken);
        metrics.CountWarmed(question.Row.Path, result.Kind.ToString().ToLowerInvariant());
        return result.Kind is WarmingKind.Warmed or WarmingKind.Known ? await StoredAsync(question, cancellationToken) : null;
    }
}
