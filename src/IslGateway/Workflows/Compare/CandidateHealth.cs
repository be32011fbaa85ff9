using IslGateway.Caching.Epochs;

namespace IslGateway.Workflows.Compare;

/// <summary>What a candidate says of itself.</summary>
/// <param name="Epoch">Its configuration; null: it does not say.</param>
/// <param name="IsSimulated">Whether it is a simulator.</param>
/// <param name="IsLoop">Whether its address leads back to this gateway.</param>
/// <param name="Trouble">Why nothing is known of it; null: something is.</param>
internal sealed record CandidateHealth(Epoch? Epoch, bool IsSimulated, bool IsLoop, string? Trouble);
