using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Edge;
using IslGateway.Operations.Audit;
using IslGateway.Outcomes;
using IslGateway.Settings;

namespace IslGateway.Operations.Explain;

/// <summary>
/// <c>POST /api/cache/explain</c>: what would become of a request, or where the keys of two part. Changes nothing, asks ISL nothing.
/// </summary>
internal sealed class ExplainEndpoint(Explainer explainer, BodyMemo bodies, BufferBudget budget, SettingsMonitor settings)
{
    /// <summary>
    /// A call's size limit, in bodies of the largest size: two of them, in base64 or with escapes, and one more than is taken, so that who
    /// asks about a body that is too large is told just that.
    /// </summary>
    private const int MaxBodies = 3;

    /// <summary>Room for what stands around the bodies.</summary>
    private const long Frame = 1L << 20;

    public async Task InvokeAsync(HttpContext context)
    {
        AuditEntry.Of(context).Ask();
        try
        {
            if (await ServeAsync(context) is { } problem) await ProblemWriter.WriteAsync(context, context.TraceIdentifier, problem);
        }
        catch (OverBudgetException)
        {
            await ProblemWriter.WriteAsync(context, context.TraceIdentifier, Problems.BuffersFull());
        }
    }

    private async Task<Problem?> ServeAsync(HttpContext context)
    {
        if (!ContentCodings.TryParse(context.Request.Headers.ContentEncoding, out var coding) || coding != ContentCoding.None)
            return Problems.WrongCall("The call itself is not compressed: a compressed body goes into body_base64.");
        var limit = Math.Min((MaxBodies * settings.Current.Limits.MaxRequestBodySize) + Frame, PooledBuffer.MaxLimit);
        using var call = new PooledBuffer(budget.ForFills, limit);
        var read = await BodyReader.ReadAsync(context.Request.BodyReader, context.Request.ContentLength, call, context.RequestAborted);
        if (read != BodyReadResult.Ok) return read == BodyReadResult.TooLarge ? Problems.ExplainTooLarge(limit) : Problems.BuffersFull();

        // Bodies that come as texts are copied: never into more bytes than the call has.
        using var copies = budget.ForFills.TryHold(call.Length);
        if (copies is null) return Problems.BuffersFull();
        IReadOnlyList<ExplainedRequest> requests;
        try
        {
            requests = ExplainReader.Read(call.WrittenMemory);
        }
        catch (FormatException e)
        {
            return Problems.WrongCall(e.Message);
        }

        await context.Response.WriteAsJsonAsync(await ExplainAsync(requests, context.RequestAborted), context.RequestAborted);
        return null;
    }

    private async Task<object> ExplainAsync(IReadOnlyList<ExplainedRequest> requests, CancellationToken cancellationToken)
    {
        using var first = await explainer.ExplainAsync(requests[0], cancellationToken);
        if (requests.Count == 1) return ExplainReport.Of(first);
        using var second = await explainer.ExplainAsync(requests[1], cancellationToken);
        return ExplainReport.Of(first, second, KeyComparison.Of(first, second, bodies));
    }
}
