using System.Diagnostics;

namespace IslGateway.Telemetry;

/// <summary>The gateway's spans: their source, and every name and tag once.</summary>
internal static class GatewayActivity
{
    public const string SourceName = "IslGateway";
    public const string Lookup = "cache.lookup";
    public const string Fill = "cache.fill";
    public const string Store = "cache.store";
    public const string EndpointTag = "isl.endpoint";

    public static ActivitySource Source { get; } = new(SourceName);

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
}
