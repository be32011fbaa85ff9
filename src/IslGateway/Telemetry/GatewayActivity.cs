using System.Diagnostics;

namespace IslGateway.Telemetry;

/// <summary>The gateway's spans: their source, and every name and tag once. None of them tells of a body, a credential or a user.</summary>
internal static class GatewayActivity
{
    public const string SourceName = "IslGateway";

    /// <summary>Looking for a stored answer. A child of the server's span.</summary>
    public const string Lookup = "cache.lookup";

    /// <summary>Getting an answer from ISL. A child of the span of the request that started it, which it may outlive.</summary>
    public const string Fill = "cache.fill";

    /// <summary>A request that came from no socket: an item of a batch, a line to warm with.</summary>
    public const string Inner = "inner.request";

    /// <summary>Storing an answer in one tier. A child of the fill's span.</summary>
    public const string Store = "cache.store";

    /// <summary>One sending to ISL, which is the parent that ISL sees.</summary>
    public const string Call = "isl.call";

    /// <summary>The row's path, or <c>other</c>.</summary>
    public const string EndpointTag = "isl.endpoint";

    /// <summary>The word for what the cache did, as in the <c>cache</c> label.</summary>
    public const string CacheTag = "isl_gateway.cache";

    /// <summary>The request's id.</summary>
    public const string RequestIdTag = "isl_gateway.request_id";

    /// <summary>What a fill is made for: a <see cref="CallPurpose"/>.</summary>
    public const string PurposeTag = "isl_gateway.purpose";

    /// <summary>The tier that an answer was found in or put into: <c>memory</c> or <c>redis</c>.</summary>
    public const string TierTag = "isl_gateway.tier";

    /// <summary>What a lookup found: <c>fresh</c>, <c>stale</c> or <c>none</c>.</summary>
    public const string FoundTag = "isl_gateway.found";

    /// <summary>The names of OpenTelemetry's conventions for HTTP.</summary>
    public const string MethodTag = "http.request.method";

    /// <inheritdoc cref="MethodTag"/>
    public const string RouteTag = "http.route";

    /// <inheritdoc cref="MethodTag"/>
    public const string StatusTag = "http.response.status_code";

    /// <inheritdoc cref="MethodTag"/>
    public const string AddressTag = "server.address";

    /// <inheritdoc cref="MethodTag"/>
    public const string PortTag = "server.port";

    /// <inheritdoc cref="MethodTag"/>
    public const string ErrorTag = "error.type";

    public static ActivitySource Source { get; } = new(SourceName);

    /// <summary>Whether anybody listens to spans. Costs next to nothing, so it is asked before anything else.</summary>
    public static bool IsRecording => Source.HasListeners();

    /// <summary>A child of the current span; null where there is none, or it is not sampled.</summary>
    public static Activity? StartChild(string name) => IsRecording && Activity.Current is not null ? Source.StartActivity(name) : null;

    /// <summary>
    /// A span that may outlive its caller. It is a child of the caller's span by ids and trace state only: the caller's baggage is not part
    /// of the cache key, so it must not travel upstream.
    /// </summary>
    public static Activity? StartDetached(string name, Activity? parent)
    {
        var context = parent is null ? default
            : new ActivityContext(parent.TraceId, parent.SpanId, parent.ActivityTraceFlags, parent.TraceStateString);
        return Source.StartActivity(name, ActivityKind.Internal, context);
    }

    /// <summary>Links the current span to another that served it, too.</summary>
    public static void Link(Activity? other)
    {
        if (other is not null && Activity.Current is { IsAllDataRequested: true } span) span.AddLink(new ActivityLink(other.Context));
    }

    /// <summary>Ends a span that turned out to tell nothing; it is not exported.</summary>
    public static void Discard(Activity? span)
    {
        if (span is null) return;
        span.IsAllDataRequested = false;
        span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        span.Dispose();
    }

    /// <summary>Marks a span as that of something that failed.</summary>
    public static void Fail(Activity? span, string error)
    {
        span?.SetTag(ErrorTag, error);
        span?.SetStatus(ActivityStatusCode.Error);
    }
}
