using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Management</c>: who may change things through the management listener.</summary>
internal sealed class ManagementOptions
{
    /// <summary>
    /// Keys for changes through the management listener, each sent as <c>Authorization: Bearer KEY</c>; several at once while they are
    /// exchanged. Empty: changes from this machine only.
    /// </summary>
    [Secret]
    public string[] ApiKeys { get; init; } = [];
}
