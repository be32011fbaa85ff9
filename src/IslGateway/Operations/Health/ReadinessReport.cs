using System.Text.Json.Serialization;

namespace IslGateway.Operations.Health;

/// <summary>The body of <c>/health/ready</c>.</summary>
/// <param name="Status"><c>ok</c>, <c>degraded</c> (in rotation all the same) or <c>draining</c>.</param>
/// <param name="Isl">
/// <c>ok</c> if a replica answers its polls; <c>unresponsive</c> if none does but ISL's configuration is known; <c>unknown</c> if that is
/// not known either.
/// </param>
/// <param name="Redis">
/// <c>ok</c>; <c>refusing</c> if Redis answers but does not read or write; <c>down</c>, also if slower than requests wait; or <c>off</c>.
/// </param>
/// <param name="Epoch">The most recently confirmed configuration.</param>
/// <param name="Warning">What an operator should repair.</param>
internal sealed record ReadinessReport(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("isl")] string Isl,
    [property: JsonPropertyName("redis")] string Redis,
    [property: JsonPropertyName("epoch")] string? Epoch,
    [property: JsonPropertyName("warning"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Warning);
