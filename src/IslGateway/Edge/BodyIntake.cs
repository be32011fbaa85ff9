using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Outcomes;

namespace IslGateway.Edge;

/// <summary>Reads a whole body within its limits: bytes, the budget of all buffers, and its caller's deadline.</summary>
internal sealed class BodyIntake(BufferBudget budget, TimeProvider time)
{
    /// <summary>
    /// Reads the body into <see cref="CacheContext.Body"/>. A request without a row, whose body is read, is one to the gateway's own paths.
    /// </summary>
    /// <returns>False if it may not be read, or was not here in time; then the context says why.</returns>
    public async ValueTask<bool> ReadAsync(CacheContext context, ContentCoding coding)
    {
        var limits = context.Settings.Limits;
        var request = context.Http.Request;

        // What may yet be a hit is read from the whole budget; what goes to ISL in any case is not to take the room of that.
        var room = context.Row is { IsCacheable: true } ? budget : budget.ForFills;
        var wire = new PooledBuffer(room, limits.MaxRequestBodySize);
        context.Body = new RequestBody(wire, coding, request.Headers.ContentEncoding.ToString(), room);
        var deadline = CallerDirectives.DeadlineOf(request.Headers, context.Row?.Timeout ?? context.Settings.Batch.Timeout);
        switch (await ReadWithinAsync(context, context.Left(deadline), wire))
        {
            case null:
                context.Fail(Problems.DeadlinePassed(deadline) with { ClosesConnection = true });
                return false;
            case BodyReadResult.TooLarge:
                context.Fail(Problems.BodyTooLarge(limits.MaxRequestBodySize));
                return false;
            case BodyReadResult.OverBudget:
                context.Fail(Problems.BuffersFull());
                return false;
            default:
                return true;
        }
    }

    /// <summary>The body counts towards the caller's whole wait. Null: it was not here in time.</summary>
    private async ValueTask<BodyReadResult?> ReadWithinAsync(CacheContext context, TimeSpan left, PooledBuffer wire)
    {
        var request = context.Http.Request;
        if (BodyReader.TryReadBuffered(request.BodyReader, request.ContentLength, wire) is { } done) return done;
        var task = BodyReader.ReadAsync(request.BodyReader, request.ContentLength, wire, context.Http.RequestAborted).AsTask();
        try
        {
            return await task.WaitAsync(left, time);
        }
        catch (TimeoutException)
        {
            // The buffer is the reader's until it has ended.
            request.BodyReader.CancelPendingRead();
            await task.ContinueWith(
                static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return null;
        }
    }
}
