using System.Security.Cryptography;
using IslGateway.Caching.Epochs;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Upstream;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Warming;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Workflows.Compare;

/// <summary>
/// One comparison with a candidate. Of each question:
/// <code>
///   1. then       what callers have now: stored, or asked of ISL
///   2. now        what the candidate says; it is used for nothing else
///   3. compare    where they differ, and by how much
/// </code>
/// It ends with the last question, and before it once the candidate says nothing, refuses every credential, or ISL itself has changed.
/// </summary>
internal sealed class CompareRun(
    CompareOrder order, GatewaySettings settings, PresentAnswers present, CandidateClient client, CandidateCaller candidate,
    CompareCredentials credentials, ReplicaRegistry replicas, Quarantine quarantine, CompareTally tally, Action<CompareProgress> tell)
{
    /// <summary>What the ids of all its requests begin with.</summary>
    public const string IdPrefix = "compare-";

    /// <summary>After so many calls in a row that a candidate does not answer, it is asked nothing more.</summary>
    private const int MaxUnanswered = 5;

    private readonly IReadOnlyList<Digest> _epochs = replicas.LookupDigests(settings);
    private int _unanswered;
    private volatile string? _stopped;

    /// <summary>Compares the answers to questions.</summary>
    /// <returns>Why it ended before the last one; null: it did not.</returns>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public async Task<string?> RunAsync(IReadOnlyList<KeptRequest> questions, CancellationToken cancellationToken)
    {
        var health = await client.HealthAsync(cancellationToken);
        tally.Know(health.Epoch, health.IsSimulated);
        if (health.Trouble is { } trouble) return $"of the candidate nothing is known: {trouble}";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = settings.Warming.Concurrency, CancellationToken = ended.Token };
            await Parallel.ForEachAsync(questions, options, async (question, token) =>
            {
                tally.Add(await CompareAsync(question, token), tell);
                if (StopReason() is not { } reason) return;
                _stopped = reason;
                await ended.CancelAsync();
            });
        }
        catch (OperationCanceledException) when (_stopped is not null && !cancellationToken.IsCancellationRequested)
        {
            // It is said below.
        }

        return tally.Done < questions.Count ? _stopped : null;
    }

    private async Task<CompareResult> CompareAsync(KeptRequest question, CancellationToken cancellationToken)
    {
        var row = question.Row;
        if (!row.IsCacheable || row.Cache == CachePolicy.Session || quarantine.Holds(row))
            return CompareResult.NotCompared(row, CompareCause.NotCached);
        if (credentials.ForCandidate(question) is not { } credential) return CompareResult.NotCompared(row, CompareCause.NoCredential);

        // 1. Then.
        var then = await present.StoredAsync(question, cancellationToken);
        if (then is null)
        {
            if (order.StoredOnly) return CompareResult.NotCompared(row, CompareCause.NotStored);
            if (credentials.ForIsl(question) is not { } ours) return CompareResult.NotCompared(row, CompareCause.NoCredential);
            then = await present.AskedAsync(question, ours, cancellationToken);
            if (then is null) return CompareResult.NotCompared(row, CompareCause.NoPresentAnswer);
        }

        // 2. Now.
        using var now = await candidate.AskAsync(CallOf(question, credential), credential, cancellationToken);
        if (now is null) return CompareResult.Failed(row, CompareCause.Refused);
        if (now.IsSimulated) tally.Know(null, isSimulated: true);
        if (now.Cause is CompareCause.Unreachable or CompareCause.TimedOut) Interlocked.Increment(ref _unanswered);
        else Volatile.Write(ref _unanswered, 0);
        if (now.Cause is { } cause) return CompareResult.Failed(row, cause, now.Status);

        // 3. Compare.
        return DifferenceFinder.Find(then.Body, now.Body, ComparedPlaces.Of(row)) is { } differences
            ? CompareResult.Compared(row, differences, then.UpstreamDuration, now.Took)
            : CompareResult.Failed(row, CompareCause.NotJson);
    }

    private string? StopReason() =>
        Volatile.Read(ref _unanswered) >= MaxUnanswered ? "the candidate does not answer any more"
        : credentials.AreRefused
            ? order.SendCredentials
                ? "the candidate refuses every credential"
                : "the candidate refuses calls without a credential, and none was to be sent"
        : replicas.LookupDigests(settings) is { Count: > 0 } epochs && epochs.Except(_epochs).Any()
            ? "the configuration of the present ISL has changed meanwhile"
        : null;

    /// <summary>The call to the candidate, with the headers of a fill and no other of the caller's.</summary>
    private static UpstreamCall CallOf(KeptRequest question, WarmingCredential credential)
    {
        var headers = new HeaderDictionary
        {
            [HeaderNames.Accept] = "application/json",
            [HeaderNames.AcceptEncoding] = "identity",
            [HeaderNames.ContentType] = "application/json",
            [FillHeaders.RequestId] = IdPrefix + RandomNumberGenerator.GetHexString(12, lowercase: true),
        };
        foreach (var (name, value) in question.Headers) headers.Append(name, value);
        credential.AddTo(headers);
        return new UpstreamCall(question.Method, question.Target, headers, question.Body) { Row = question.Row, MaxAnswerSize = 0 };
    }
}
