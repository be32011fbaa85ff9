using System.Text.Json;
using System.Threading.Channels;
using IslGateway.Content;
using IslGateway.Edge;
using IslGateway.Endpoints;
using IslGateway.Operations.Audit;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Settings.Reading;
using IslGateway.Workflows.Compare;

namespace IslGateway.Operations.Api;

/// <summary>
/// <c>POST /api/compare</c>: has kept requests answered by a candidate, and says of each, one a line, what became of it; at last the
/// report.
/// <code>
///   {"done_questions":1,"questions":100,"endpoint":"/api/v1/causal/validate","result":"equal",…}
///   {"done":true,"report":{…}}
/// </code>
/// <c>GET</c> has what is under way, and the last report.
/// </summary>
internal sealed class CompareEndpoint(
    Comparer comparer, BufferBudget budget, EndpointTable table, SettingsMonitor settings, IConfiguration configuration)
{
    private const string Action = "compare";
    private const string ContentType = "application/x-ndjson";

    /// <summary>Bytes of the largest call.</summary>
    private const int MaxCall = 64 * 1024;

    /// <summary>What is under way, and the last report.</summary>
    public Task ShowAsync(HttpContext context) =>
        context.Response.WriteAsJsonAsync(CompareBody.Of(comparer.Status), context.RequestAborted);

    public async Task InvokeAsync(HttpContext context)
    {
        AuditEntry.Of(context).Tell(Action, "a candidate");
        var (order, problem) = await ReadAsync(context);
        if (order is not null)
        {
            AuditEntry.Of(context).Tell(Action, Named(order));
            problem = Refusal(order) ?? await RunAsync(context, order);
        }

        if (problem is not null) await ProblemWriter.WriteAsync(context, context.TraceIdentifier, problem);
    }

    private async Task<(CompareOrder? Order, Problem? Problem)> ReadAsync(HttpContext context)
    {
        if (context.Request.Headers.ContentEncoding.Count > 0)
            return (null, Problems.WrongCall("The call must not be encoded (Content-Encoding)."));
        using var call = new PooledBuffer(budget.ForFills, MaxCall);
        var read = await BodyReader.ReadAsync(context.Request.BodyReader, context.Request.ContentLength, call, context.RequestAborted);
        if (read != BodyReadResult.Ok)
            return (null, read == BodyReadResult.TooLarge ? Problems.WrongCall("The call is too large.") : Problems.BuffersFull());
        try
        {
            return (CompareReader.Read(call.WrittenMemory, table), null);
        }
        catch (FormatException e)
        {
            return (null, Problems.WrongCall(e.Message));
        }
    }

    private Problem? Refusal(CompareOrder order)
    {
        var current = settings.Current;
        var name = order.Against.IsDefaultPort ? order.Against.Host : order.Against.Authority;
        return current.Cache.KeepRequests == 0
            ? Problems.WrongCall("No requests are kept to compare with: set Cache:KeepRequests to the bytes that they may take, as 64MiB.")
            : current.Cache.Mode == CacheMode.Off ? Problems.WrongCall("Cache:Mode is Off: no requests are kept to compare with.")
            : !current.Compare.Allows(order.Against) ? Problems.WrongCall($"{name} is none of Compare:Hosts.")
            : LeadsBack(order.Against) ? Problems.WrongCall($"{name} is this gateway itself.")
            : null;
    }

    /// <summary>Whether the gateway listens there; what leads back through others is noticed when it is asked.</summary>
    private bool LeadsBack(Uri against)
    {
        var report = new SettingsReport();
        LoopRules.Check([against], new ConfigurationView(configuration), report);
        return report.Errors.Count > 0;
    }

    private async Task<Problem?> RunAsync(HttpContext context, CompareOrder order)
    {
        // There is room for all that can be said, so that a caller who is slow to read holds up nothing.
        var lines = Channel.CreateBounded<CompareProgress>(
            new BoundedChannelOptions(CompareOrder.MaxCount) { SingleReader = true, SingleWriter = true });
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var running = comparer.TryRunAsync(order, line => lines.Writer.TryWrite(line), ended.Token);
        if (running is { IsCompletedSuccessfully: true, Result: null }) return Problems.ComparisonUnderWay();
        context.Response.ContentType = ContentType;
        var writing = WriteAsync(context, lines.Reader);
        try
        {
            var report = await running;
            AuditEntry.Of(context).Tell(Action, Named(order), OutcomeOf(report!));
            lines.Writer.Complete();
            await writing;
            await WriteAsync(context, new { done = true, report = CompareBody.Of(report!) });
            return null;
        }
        finally
        {
            // Whoever no longer reads wants no more of it either.
            await ended.CancelAsync();
            lines.Writer.TryComplete();
            await Task.WhenAll(running, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static string Named(CompareOrder order) => $"{order.Name}, credentials {(order.SendCredentials ? "sent" : "not sent")}";

    private static string OutcomeOf(CompareReport report) =>
        $"equal {report.Equal}, different {report.Different}, failed {report.Failed}, not compared {report.NotCompared}"
        + (report.Stopped is { } reason ? $"; stopped: {reason}" : "");

    private static async Task WriteAsync(HttpContext context, ChannelReader<CompareProgress> lines)
    {
        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        while (await lines.WaitToReadAsync(context.RequestAborted))
        {
            while (lines.TryRead(out var line)) await WriteAsync(context, CompareBody.Of(line));
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static async Task WriteAsync(HttpContext context, object line)
    {
        await JsonSerializer.SerializeAsync(context.Response.Body, line, cancellationToken: context.RequestAborted);
        await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
    }
}
