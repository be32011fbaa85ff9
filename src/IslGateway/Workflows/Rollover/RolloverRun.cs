using System.Collections.Concurrent;
using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Telemetry;
using IslGateway.Workflows.Inner;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Warming;

namespace IslGateway.Workflows.Rollover;

/// <summary>One rollover: asks request after request, the one of most worth first, and tells what became of each.</summary>
/// <param name="caller">Asks one of them.</param>
/// <param name="kept">Learns under which epoch their answers are stored now.</param>
/// <param name="answers">Finds their answers for whoever compares them.</param>
/// <param name="observers">Whoever compares them.</param>
/// <param name="metrics">Counts them.</param>
/// <param name="time">The clock.</param>
internal sealed class RolloverRun(
    WarmingCaller caller, KeptRequests kept, KeptAnswers answers, IReadOnlyList<IRolloverObserver> observers, ReplayMetrics metrics,
    TimeProvider time)
{
    private readonly Lock _gate = new();
    private RolloverProgress _progress = new() { Epoch = "", Requests = 0 };

    /// <summary>What has come of it so far.</summary>
    public RolloverProgress Progress
    {
        get { lock (_gate) return _progress; }
    }

    /// <summary>Asks them all.</summary>
    /// <param name="plan">What to ask.</param>
    /// <param name="concurrency">How many may be under way at once.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether it came to its end, and not to that of its credentials.</returns>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public async Task<RolloverOutcome> RunAsync(RolloverPlan plan, int concurrency, CancellationToken cancellationToken)
    {
        Tell(RolloverProgress.Of(plan, time.GetUtcNow()));
        var waiting = new ConcurrentQueue<KeptRequest>(plan.Requests);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, Math.Min(concurrency, plan.Requests.Count)).Select(_ => WorkAsync(plan, waiting, ended)));
        return Progress.Left == 0 ? RolloverOutcome.Complete : RolloverOutcome.Credential;
    }

    private void Tell(RolloverProgress progress)
    {
        lock (_gate)
        {
            _progress = progress;
            progress.TellTo(metrics);
        }
    }

    private async Task WorkAsync(RolloverPlan plan, ConcurrentQueue<KeptRequest> waiting, CancellationTokenSource ended)
    {
        await Task.Yield();
        try
        {
            while (waiting.TryDequeue(out var request))
            {
                ended.Token.ThrowIfCancellationRequested();
                if (plan.Credentials.For(request) is { } credential) await ReplayAsync(plan, request, credential, ended.Token);
            }
        }
        catch
        {
            // No other goes on without it.
            await ended.CancelAsync();
            throw;
        }
    }

    private async Task ReplayAsync(
        RolloverPlan plan, KeptRequest request, WarmingCredential credential, CancellationToken cancellationToken)
    {
        var before = observers.Count == 0 ? null : await answers.FindAsync(request, request.Epoch, cancellationToken);
        var begunAt = time.GetTimestamp();
        var result = await AskAsync(request, credential, cancellationToken);
        var took = time.GetElapsedTime(begunAt);
        if (result.Status is null && credential.IsRefused) return;

        // What the end of the rollover has cut off was not seen to.
        if (result.Kind == WarmingKind.Failed) cancellationToken.ThrowIfCancellationRequested();

        // What it asked itself is told where it was stored.
        if (result.Kind == WarmingKind.Known) kept.Saw(request, plan.Epochs[0]);
        metrics.Replayed.WithLabels(request.Row.Path, Word(result.Kind)).Inc();
        lock (_gate) Tell(_progress.With(result.Kind));

        if (observers.Count == 0) return;
        var after = result.Kind == WarmingKind.Failed ? null : await FindAsync(request, plan.Epochs, cancellationToken);
        foreach (var observer in observers) observer.Replayed(request, before, after, after?.UpstreamDuration ?? took);
    }

    private async Task<WarmingResult> AskAsync(KeptRequest request, WarmingCredential credential, CancellationToken cancellationToken)
    {
        var item = RequestItem.Of(request.Method, request.Target, request.Headers, request.Body.IsEmpty ? null : request.Body);
        if (caller.RowOf(item, out var trouble) is null) return WarmingResult.NotAsked(0, trouble!);
        var manner = new WarmingManner(request.Scheme, "rollover-", OnlyWhileIdle: true);
        return await caller.AnswerAsync(0, item, credential, manner, cancellationToken);
    }

    private async ValueTask<StoredAnswer?> FindAsync(KeptRequest request, IReadOnlyList<Digest> epochs, CancellationToken cancellationToken)
    {
        foreach (var epoch in epochs)
        {
            if (await answers.FindAsync(request, epoch, cancellationToken) is { } answer) return answer;
        }

        return null;
    }

    private static string Word(WarmingKind kind) => kind switch
    {
        WarmingKind.Warmed => "warmed",
        WarmingKind.Known => "known",
        _ => "failed",
    };
}
