using System.IO.Pipelines;
using System.Text.Json;
using System.Threading.Channels;
using IslGateway.Edge;
using IslGateway.Operations.Audit;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Workflows.Warming;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace IslGateway.Operations.Api;

/// <summary>
/// <c>POST /api/cache/warm</c>: requests come one a line, and what became of each goes back one a line, as soon as it is known.
/// <code>
///   {"line":3,"status":200,"cache_status":"IslGateway; fwd=miss; stored"}
///   {"line":4,"error":"It has no \"path\"."}
///   {"done":true,"warmed":1,"known":0,"failed":0,"malformed":1}
/// </code>
/// Warming waits for no caller that is slow to read this: what does not fit in between is left out and counted, bad lines last.
/// </summary>
internal sealed class WarmEndpoint(Warmer warmer, SettingsMonitor settings)
{
    private const string Action = "warm";
    private const string List = "a list of requests";
    private const string ContentType = "application/x-ndjson";

    /// <summary>Lines that wait to be read.</summary>
    private const int Waiting = 10_000;

    /// <summary>Of them, those only for lines that were not stored.</summary>
    private const int ForBadOnes = 2_000;

    public async Task InvokeAsync(HttpContext context)
    {
        if (Refusal(context) is { } problem)
        {
            await ProblemWriter.WriteAsync(context, context.TraceIdentifier, problem);
            return;
        }

        AuditEntry.Of(context).Tell(Action, List);

        // A list is read at the pace of warming, and may be written at another's.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        var results = Channel.CreateBounded<WarmingResult>(
            new BoundedChannelOptions(Waiting) { SingleReader = true, SingleWriter = true });
        var omitted = 0L;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var running = warmer.TryRunAsync(context.Request.BodyReader, Tell, ended.Token);
        if (running is { IsCompletedSuccessfully: true, Result: null })
        {
            await ProblemWriter.WriteAsync(context, context.TraceIdentifier, Problems.WarmingUnderWay());
            return;
        }

        context.Response.ContentType = ContentType;
        var writing = WriteAsync(context, results.Reader);
        try
        {
            var report = await running;
            AuditEntry.Of(context).Tell(Action, List, OutcomeOf(report!));
            results.Writer.Complete();
            await writing;
            await WriteAsync(context, Line(report!, omitted));
        }
        finally
        {
            // Whoever no longer reads wants no more of it either.
            await ended.CancelAsync();
            results.Writer.TryComplete();
            await Task.WhenAll(running, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            PassOver(context.Request.BodyReader);
        }

        void Tell(WarmingResult result)
        {
            var isGood = result.Kind is WarmingKind.Warmed or WarmingKind.Known;
            if ((isGood && results.Reader.Count >= Waiting - ForBadOnes) || !results.Writer.TryWrite(result)) omitted++;
        }
    }

    private static string OutcomeOf(WarmingReport report) =>
        $"warmed {report.Warmed}, known {report.Known}, failed {report.Failed}, malformed {report.Malformed}"
        + (report.Stopped is { } reason ? $"; stopped: {reason}" : "");

    private Problem? Refusal(HttpContext context) =>
        context.Request.Headers.ContentEncoding.Count > 0 ? Problems.WrongCall("Its lines must not be encoded (Content-Encoding).")
        : settings.Current.Cache.Mode == CacheMode.Off ? Problems.WrongCall("Cache:Mode is Off: nothing would be stored.")
        : null;

    /// <summary>Takes what has arrived and was not read: the server cannot go on with a connection on which that lies half read.</summary>
    private static void PassOver(PipeReader reader)
    {
        try
        {
            while (reader.TryRead(out var read))
            {
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return;
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException)
        {
            // The connection is gone.
        }
    }

    private static async Task WriteAsync(HttpContext context, ChannelReader<WarmingResult> results)
    {
        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        while (await results.WaitToReadAsync(context.RequestAborted))
        {
            while (results.TryRead(out var result)) await WriteAsync(context, Line(result));
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static async Task WriteAsync(HttpContext context, Dictionary<string, object> line)
    {
        await JsonSerializer.SerializeAsync(context.Response.Body, line, cancellationToken: context.RequestAborted);
        await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
    }

    private static Dictionary<string, object> Line(WarmingResult result)
    {
        var line = new Dictionary<string, object> { ["line"] = result.Line };
        if (result.Credential is { } credential) line["credential"] = credential;
        if (result.Status is { } status) line["status"] = status;
        if (result.CacheStatus is { } cache) line["cache_status"] = cache;
        if (result.Error is { } error) line["error"] = error;
        return line;
    }

    private static Dictionary<string, object> Line(WarmingReport report, long omitted)
    {
        var line = new Dictionary<string, object>
        {
            ["done"] = true,
            ["warmed"] = report.Warmed,
            ["known"] = report.Known,
            ["failed"] = report.Failed,
            ["malformed"] = report.Malformed,
        };
        if (report.Anonymous) line["anonymous"] = true;
        if (report.Stopped is { } reason) line["stopped"] = reason;
        if (omitted > 0) line["omitted"] = omitted;
        return line;
    }
}
