using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Management</c>: who may change things through the management listener.</summary>
internal sealed class ManagementOptions
{
    /// <summary>Bearer keys, several at once for rotation; empty means mutating calls from loopback only.</summary>
    [Secret]
    public string[] ApiKeys { get; init; } = [];
}
