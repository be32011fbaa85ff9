using System.Text.Json.Serialization;

namespace IslGateway.Operations.Health;

/// <summary>The body of <c>/health/ready</c>.</summary>
/// <param name="Status"><c>ok</c>, <c>degraded</c> (in rotation all the same) or <c>draining</c>.</param>
/// <param name="Isl">
/// <c>ok</c> if a replica answers its polls; <c>unresponsive</c> if none does, though its configuration is known; <c>unknown</c> if that is
/// not.
/// </param>
/// <param name="Redis">
/// <c>ok</c>; <c>refusing</c> if it answers and does not read or write for us; <c>down</c>, slower than a request waits too; or <c>off</c>.
/// </param>
/// <param name="Epoch">The most recently evidenced configuration.</param>
/// <param name="Warning">What an operator should mend.</param>
internal sealed record ReadinessReport(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("isl")] string Isl,
    [property: JsonPropertyName("redis")] string Redis,
    [property: JsonPropertyName("epoch")] string? Epoch,
    [property: JsonPropertyName("warning"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Warning);
