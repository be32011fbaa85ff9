using IslGateway.Caching.Answers;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Telemetry;

namespace IslGateway.Workflows.Sentinel;

/// <summary>
/// Has ISL compute a hit's answer once more, from the bytes of the caller who had it, and compares. One difference is enough: a
/// deterministic row promises the same bytes, and one key that it stands for one question. Only what could itself have been stored, and was
/// computed under the hit's epoch, says anything.
/// </summary>
internal sealed partial class SentinelCheck(
    Filler filler,
    Quarantine quarantine,
    ReplicaRegistry replicas,
    HealthPoller health,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<SentinelCheck> logger)
{
    /// <summary>Why the answer of a check is not stored. Where it could have been, this is all that stands against it.</summary>
    public const Reason NotToStore = Reason.Observed;

    private const int LongestPointer = 200;

    /// <summary>Runs one check to its end. Never throws.</summary>
    /// <param name="fill">The call, not to be stored.</param>
    /// <param name="hit">What was served.</param>
    /// <param name="isOtherSpelling">Whether it is asked in other bytes than those that filled the entry.</param>
    /// <param name="stopping">The host stops.</param>
    public async Task RunAsync(FillRequest fill, CacheHit hit, bool isOtherSpelling, CancellationToken stopping)
    {
        var result = SentinelResult.Inconclusive;
        try
        {
            result = await CompareAsync(fill, hit, isOtherSpelling, stopping);
        }
        catch (OperationCanceledException)
        {
            // The host stops before ISL has confirmed its epoch.
        }
        catch (Exception e)
        {
            LogFailed(fill.Row.Name, fill.RequestId, e);
        }

        metrics.CountSentinelCheck(fill.Row.Path, Word(result));
    }

    private async Task<SentinelResult> CompareAsync(FillRequest fill, CacheHit hit, bool isOtherSpelling, CancellationToken stopping)
    {
        var again = await filler.RunAsync(new Flight(Digest.Random(), fill.Credential), fill);
        var completedAt = time.GetTimestamp();
        if (again.Rest is { } rest) await rest.CompleteAsync();
        if (again is not { Answer: { } answer, Epoch: { } epoch, NotStored: NotToStore }
            || epoch.DigestWith(fill.Settings.Cache.Generation) != hit.Epoch)
        {
            return SentinelResult.Inconclusive;
        }

        var differences = AnswerComparison.Differences(hit.Answer, answer, fill.Row.VolatileFields);
        if (differences.Count == 0) return SentinelResult.Equal;

        // A deployment may have come in between, unnamed in the answer: then this is no drift, and nothing to raise an alarm about.
        if (replicas.Find(again.ReplicaId) is not { } replica || await health.ReportSinceAsync(replica, completedAt, stopping) != epoch)
            return SentinelResult.Inconclusive;

        if (quarantine.Add(fill.Row, hit.Epoch))
        {
            var spelling = isOtherSpelling ? "other" : "the same";
            LogQuarantined(fill.Row.Name, epoch, spelling, string.Join(", ", differences.Select(Shown)), fill.RequestId);
        }

        return SentinelResult.Different;
    }

    private static string Word(SentinelResult result) => result switch
    {
        SentinelResult.Equal => "equal",
        SentinelResult.Different => "different",
        _ => "inconclusive",
    };

    /// <summary>A pointer fit for one line of a log: the names in it come from an answer.</summary>
    private static string Shown(string pointer)
    {
        if (pointer.Length == 0) return "the whole answer";
        var printable = string.Create(Math.Min(pointer.Length, LongestPointer), pointer, static (line, text) =>
        {
            for (var i = 0; i < line.Length; i++) line[i] = char.IsControl(text[i]) ? '?' : text[i];
        });
        return pointer.Length > LongestPointer ? printable + "…" : printable;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Answers of {Endpoint} drift: under epoch {Epoch} ISL's answer to a stored question, asked in {Spelling} bytes, "
        + "differs at {Pointers}. "
        + "The row goes past the cache until that epoch is over (request {RequestId})")]
    private partial void LogQuarantined(string endpoint, Epoch epoch, string spelling, string pointers, string requestId);

    [LoggerMessage(Level = LogLevel.Error, Message = "A check of {Endpoint} failed unexpectedly (request {RequestId})")]
    private partial void LogFailed(string endpoint, string requestId, Exception exception);
}
