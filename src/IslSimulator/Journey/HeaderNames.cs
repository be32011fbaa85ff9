namespace IslSimulator.Journey;

internal static class HeaderNames
{
    public const string Simulated = "X-Isl-Simulated";
    public const string ApiKey = "X-API-Key";
    public const string RequestId = "X-Request-Id";
    public const string TraceId = "X-Trace-Id";
    public const string PayloadHash = "x-olumi-payload-hash";
}
