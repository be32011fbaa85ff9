namespace IslGateway.Telemetry;

/// <summary>What is seldom counted, by endpoint and result, so that its series need not be kept at hand.</summary>
internal static class EndpointCounts
{
    /// <summary>Counts a request that warming asked.</summary>
    public static void CountWarmed(this GatewayMetrics metrics, string endpoint, string result) =>
        metrics.Replays.Warmed.WithLabels(endpoint, result).Inc();

    /// <summary>Counts a hit that ISL recomputed.</summary>
    public static void CountSentinelCheck(this GatewayMetrics metrics, string endpoint, string result) =>
        metrics.Replays.SentinelChecks.WithLabels(endpoint, result).Inc();

    /// <summary>Counts a body that was looked at before ISL was asked.</summary>
    public static void CountSchemaCheck(this GatewayMetrics metrics, string endpoint, string result) =>
        metrics.SchemaChecks.WithLabels(endpoint, result).Inc();

    /// <summary>Counts a request that said how many samples it wants.</summary>
    public static void CountPrecision(this GatewayMetrics metrics, string endpoint, string result) =>
        metrics.Samples.Precision.WithLabels(endpoint, result).Inc();
}
