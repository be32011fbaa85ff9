using IslGateway.Caching;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Edge;

/// <summary>Gives a request its identity, its row, and the settings that it goes by.</summary>
internal sealed class ContextFactory(EndpointTable table, BufferBudget buffers, SettingsMonitor settings)
{
    /// <summary>Reads the request's head and changes nothing about it.</summary>
    /// <param name="http">The request.</param>
    /// <param name="background">What it may take, if the gateway asks for itself.</param>
    public CacheContext Create(HttpContext http, BackgroundRequest? background = null)
    {
        var target = RawTarget.InOriginForm(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        var row = table.Match(RawTarget.PathOf(target), http.Request.Method);
        return new CacheContext
        {
            Http = http,
            RequestId = RequestId.Of(http.Request.Headers, out var isOwn),
            HasOwnId = isOwn,
            RawTarget = target,
            Settings = settings.Current,
            Background = background,
            Buffers = buffers,
            Row = row?.Accepts(http.Request.Method) == true ? row : null,
        };
    }

    /// <summary>The context that the request was given, or a new one; from here on the whole journey knows it.</summary>
    public CacheContext Open(HttpContext http)
    {
        var context = http.Features.Get<CacheContext>();
        if (context is null) http.Features.Set(context = Create(http));
        http.Features.Set<IPassedRequest>(context);
        CallerScheme.Tell(http.Request);

        // What matches no row is forwarded as it came, its id included.
        if (context.Row is not null) http.Request.Headers[RequestId.Header] = context.RequestId;
        return context;
    }
}
