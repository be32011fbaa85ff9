using IslGateway.Outcomes;
using IslGateway.Settings;

namespace IslGateway.Workflows.Batch;

/// <summary>Reads the items of a call; null, with the reason, if it is none.</summary>
/// <param name="text">The call's plain body.</param>
/// <param name="settings">The settings that it goes by.</param>
/// <param name="problem">Why it is none.</param>
internal delegate IWorkItems? ReadItems(ReadOnlyMemory<byte> text, GatewaySettings settings, out Problem? problem);
