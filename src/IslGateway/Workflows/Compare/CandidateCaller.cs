using IslGateway.Upstream;
using IslGateway.Workflows.Warming;

namespace IslGateway.Workflows.Compare;

/// <summary>
/// Asks a candidate within the budget of warming. Told to come again later (429, 503), it does so when the time is up, a few times; while
/// a credential is not known to be accepted one call at a time is made under it, so that a refused one is sent twice and no more.
/// </summary>
internal sealed class CandidateCaller(CandidateClient client, WarmingBudget budget, TimeProvider time)
{
    /// <summary>How often one question is asked at most.</summary>
    private const int MaxAttempts = 5;

    /// <summary>Between two looks at whether it may.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause that a candidate can ask for.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>The pause where the limit is reached and the candidate does not say for how long, as ISL itself does not.</summary>
    private static readonly TimeSpan UsualPause = TimeSpan.FromSeconds(10);

    private volatile bool _isUsedUp;

    /// <summary>Asks one question; null: the credential is refused, so that the question was not asked.</summary>
    /// <param name="question">The call; its headers are sent with the credential added.</param>
    /// <param name="credential">What it is asked under.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<CandidateAnswer?> AskAsync(UpstreamCall question, WarmingCredential credential, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var alone = await credential.EnterAsync(cancellationToken);
            if (credential.IsRefused) return null;
            await TakeTurnAsync(credential, cancellationToken);
            var answer = await client.AskAsync(
                HttpMethod.Parse(question.Method), question.RawTarget, question.Headers, question.Body, question.Row!.UpstreamTimeout,
                cancellationToken);
            if (answer.Cause == CompareCause.Refused) credential.Refuse();
            else if (answer.Status == StatusCodes.Status200OK) credential.Accept();
            if (PauseOf(answer) is not { } pause || attempt == MaxAttempts) return answer;
            answer.Dispose();
            credential.Pause(pause < LongestPause ? pause : LongestPause, time);
        }
    }

    private async Task TakeTurnAsync(WarmingCredential credential, CancellationToken cancellationToken)
    {
        while (credential.Paused(time, out _) > TimeSpan.Zero || !budget.TryTakeCall()) await Task.Delay(Look, time, cancellationToken);
        credential.Resume();
    }

    /// <summary>How long the candidate asks to be left alone; null: it does not.</summary>
    private TimeSpan? PauseOf(CandidateAnswer answer)
    {
        // Where ISL has said that nothing is left, its next failure means that the limit is reached.
        var isLimited = answer.Status == StatusCodes.Status429TooManyRequests
            || (answer.Status == StatusCodes.Status500InternalServerError && _isUsedUp);
        if (answer.Remaining is { } remaining) _isUsedUp = remaining == 0;
        return answer.RetryAfter ?? (isLimited ? UsualPause : null);
    }
}
