using IslGateway.Caching;

namespace IslGateway.Edge;

/// <summary>
/// Where requests without a socket enter the journey: behind the short way of plain hits, before all that the data plane does with any
/// request. So they are bound by the same limits, credentials, keys and counts.
/// </summary>
internal sealed class InnerEntrance(ContextFactory contexts)
{
    private RequestDelegate? _next;

    /// <summary>Takes the rest of the pipeline; called once, while the application is built. Adds no step to it.</summary>
    public RequestDelegate Attach(RequestDelegate next) => _next = next;

    /// <summary>Begins the context of a request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="background">What it may take, if the gateway asks for itself; null: a caller waits for it.</param>
    public CacheContext Open(HttpContext http, BackgroundRequest? background)
    {
        var context = contexts.Create(http, background);
        http.Features.Set(context);
        return context;
    }

    /// <summary>Sends it on its way.</summary>
    /// <exception cref="InvalidOperationException">The application is not built yet.</exception>
    public Task EnterAsync(HttpContext http) =>
        (_next ?? throw new InvalidOperationException("The pipeline is not built yet."))(http);
}
