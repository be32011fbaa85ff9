using IslGateway.Telemetry;

namespace IslGateway.Workflows.Experiments;

/// <summary>One arm of an experiment.</summary>
/// <param name="Name">Its number of samples, as the label and header have it.</param>
/// <param name="Samples">That number.</param>
/// <param name="Share">Its share of the bodies.</param>
/// <param name="Metrics">What becomes of its requests.</param>
internal sealed record Arm(string Name, int Samples, double Share, ArmMetrics Metrics);
