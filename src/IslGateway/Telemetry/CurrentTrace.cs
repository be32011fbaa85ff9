using System.Diagnostics;

namespace IslGateway.Telemetry;

/// <summary>The trace that a request belongs to: this gateway's own where spans are recorded, else the one that its caller names.</summary>
internal static class CurrentTrace
{
    /// <summary>Its id in hexadecimal digits; null if there is none.</summary>
    /// <param name="traceParent">The caller's <c>traceparent</c>.</param>
    public static string? IdOf(string? traceParent) =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C } span ? span.TraceId.ToHexString()
        : ActivityContext.TryParse(traceParent, null, out var theirs) ? theirs.TraceId.ToHexString()
        : null;
}
