using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Samples;
using IslGateway.Outcomes;
using IslGateway.Settings;

namespace IslGateway.Operations.Explain;

/// <summary>The answer to an explain call; its members are written under their own names.</summary>
internal static class ExplainReport
{
    /// <summary>The digits of a key that are shown: enough to find it in Redis, not the key itself.</summary>
    private const int KeyDigits = 16;

    public static object Of(Explained explained)
    {
        var (row, outcome) = (explained.Context.Row, Forecast.Of(explained));
        var isCacheable = row is { IsCacheable: true };
        return new
        {
            row = row?.Name,
            path = row?.Path,
            policy = (row?.Cache ?? CachePolicy.None).ToString(),
            reason = Forecast.ReasonOf(explained, outcome) is var reason and not Reason.None ? reason.Word() : null,
            explanation = Wording.Of(explained, outcome),
            cache_status = outcome.ToString(),
            key = explained.Key?.ToString()[..KeyDigits],
            samples = explained.Context.Samples is { } ask ? Samples(ask) : null,
            key_order = isCacheable ? row!.KeyOrder.ToString() : null,
            ignored_fields = isCacheable ? row!.IgnoreFields.Select(pointer => pointer.Text).ToArray() : [],
            key_headers = isCacheable ? row!.KeyHeaders : [],
            body_fault = explained.Fault is { } fault ? new { what = fault.What, at = fault.At } : null,
            credential = explained.Ticket is null ? null : Credential(explained),
            epochs = explained.Epochs.Select(one => Epoch(one.Epoch, one.IsStored)),
            found = explained.Hit is { } hit ? Found(hit) : null,
            last_fill = explained.LastFill is { } last
                ? new { reason = last.Reason.Word(), status = last.Status, age_seconds = Seconds(last.Age) }
                : null,
            elsewhere = explained.Ticket is null ? null : new
            {
                earlier_epochs = explained.EarlierEpochs.Select(epoch => Epoch(epoch, isStored: true)),
                other_credentials = new { tried = explained.OtherCredentials.Tried, found = explained.OtherCredentials.Stored },
            },
            redis = explained.Ticket is null ? null : explained.RedisAnswered switch { null => "off", true => "ok", false => "no-answer" },
        };
    }

    public static object Of(Explained left, Explained right, KeyComparison comparison) => new
    {
        requests = new[] { Of(left), Of(right) },
        same_key = comparison.IsSame,
        differs_at = comparison.Body?.At,
        difference = comparison.Body?.Kind,
        because = comparison.Differences is [var first, ..] ? first : null,
        differences = comparison.Differences,
    };

    private static object Credential(Explained explained) => new
    {
        given = !explained.Ticket!.Credential.IsAnonymous,
        scope = explained.Ticket.Row.CredentialScope.ToString(),
        standing = explained.Standing switch
        {
            CredentialStanding.Proven => "proven",
            CredentialStanding.Refused => "refused",
            _ => "unproven",
        },
        proof_age_seconds = explained.ProofAge == TimeSpan.MaxValue ? (double?)null : Seconds(explained.ProofAge),
    };

    private static object Epoch(Epoch? epoch, bool isStored) =>
        new { fingerprint = epoch?.Fingerprint, version = epoch?.Version, build = epoch?.Build, found = isStored };

    private static object Samples(SampleAsk ask) =>
        new { requested = ask.Count, at_least = ask.AtLeast, experiment = ask.Experiment };

    private static object Found(CacheHit hit) => new
    {
        samples = hit.Samples,
        tier = hit.Tier.Word(),
        age_seconds = Seconds(hit.Age),
        ttl_seconds = hit.SecondsLeft,
        stale = !hit.IsFresh,
    };

    private static double Seconds(TimeSpan duration) => Math.Round(duration.TotalSeconds, 3);
}
