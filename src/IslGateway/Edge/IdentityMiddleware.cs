using IslGateway.Outcomes;
using Microsoft.AspNetCore.Connections;

namespace IslGateway.Edge;

/// <summary>
/// The outermost step. On the way in, gives the request its id and its row; on the way out, the headers that every answer carries, the
/// error body if the gateway must make one, the counts and the log line.
/// </summary>
internal sealed class IdentityMiddleware(
    RequestDelegate next, ContextFactory contexts, ExchangeEnd end, LogScopes scopes, ILogger<IdentityMiddleware> logger)
{
    private static readonly Func<ILogger, string, IDisposable?> RequestScope = LoggerMessage.DefineScope<string>("request {RequestId}");

    public async Task InvokeAsync(HttpContext http)
    {
        var context = contexts.Open(http);
        using var scope = scopes.AreWritten ? RequestScope(logger, context.RequestId) : null;
        AnswerStamp.AddTo(context);
        try
        {
            await next(context.Http);
            if (context.Problem is null && !context.Http.Response.HasStarted && context.Unanswered is { } problem)
            {
                if (context.Http.RequestAborted.IsCancellationRequested) ExchangeEnd.Leave(context);
                else context.Fail(problem);
            }
        }
        catch (OperationCanceledException e) when (e.InnerException is ConnectionAbortedException
            || context.Http.RequestAborted.IsCancellationRequested)
        {
            // A connection that is cut ends the reading of a body a moment before the request says that it is aborted.
            ExchangeEnd.Leave(context);
        }
        catch (IOException e) when (e is ConnectionResetException || e.InnerException is ConnectionAbortedException)
        {
            ExchangeEnd.Leave(context);
        }
        catch (BadHttpRequestException e)
        {
            context.Fail(Problems.UnreadableBody(e.StatusCode, e.Message));
        }
        catch (IOException e) when (e.InnerException is OverflowException)
        {
            // Kestrel's exception for a chunk size that is too large to count.
            context.Fail(Problems.MalformedRequest(StatusCodes.Status400BadRequest, "A chunk's size is out of range."));
        }
        catch (OutOfMemoryException) when (!context.Http.Response.HasStarted)
        {
            context.Fail(Problems.BuffersFull());
        }
        catch (Exception e) when (!context.Http.Response.HasStarted)
        {
            end.Fail(context, e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            context.BrokeOff = true;
            throw;
        }
        finally
        {
            await end.FinishAsync(context);
        }
    }
}
