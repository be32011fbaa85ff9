using IslGateway.Caching.Answers;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Telemetry;

namespace IslGateway.Workflows.Sentinel;

/// <summary>
/// Has ISL compute a hit's answer again, from the bytes of the caller who was served, and compares. One difference is enough: a
/// deterministic row promises the same bytes, and its key that it stands for one question. Only an answer that could itself be stored, and
/// that was computed under the hit's epoch, counts.
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
    /// <summary>Why a check's answer is not stored. If this is the only reason, the answer could have been stored.</summary>
    public const Reason NotToStore = Reason.Observed;

    private const int LongestPointer = 200;

    /// <summary>Runs one check to its end. Never throws.</summary>
    /// <param name="fill">The call, which must not be stored.</param>
    /// <param name="hit">The hit that was served.</param>
    /// <param name="isOtherSpelling">Whether its bytes differ from those that filled the entry.</param>
    /// <param name="stopping">Cancelled when the gateway stops.</param>
    public async Task RunAsync(FillRequest fill, CacheHit hit, bool isOtherSpelling, CancellationToken stopping)
    {
        var result = SentinelResult.Inconclusive;
        try
        {
            result = await CompareAsync(fill, hit, isOtherSpelling, stopping);
        }
        catch (OperationCanceledException)
        {
            // The gateway stops before ISL has confirmed its epoch.
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

        // There may have been a deployment that the answer does not name: then a difference is no drift and no reason for an alarm.
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

    /// <summary>A pointer that fits on one log line; the names in it come from an answer.</summary>
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
