namespace IslGateway.Edge;

/// <summary>Tells a request's connection that it is there, and when its answer has left.</summary>
internal sealed class OpenRequestMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (OpenRequests.Of(context) is { } connection)
        {
            var request = connection.Add(context);
            context.Features.Set(request);

            // Later than this pipeline's end: a slow reader may still be taking what was written.
            context.Response.OnCompleted(static state => ((OpenRequest)state).End(), request);
        }

        return next(context);
    }
}
