namespace IslGateway.Settings;

/// <summary>Who shares an entry.</summary>
internal enum CredentialScope
{
    /// <summary>Entries are per credential.</summary>
    Partitioned,

    /// <summary>One entry serves all callers whose credential ISL accepts.</summary>
    Shared,
}
