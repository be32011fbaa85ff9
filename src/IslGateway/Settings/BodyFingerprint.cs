namespace IslGateway.Settings;

/// <summary>Whether an answer must name ISL's configuration to be kept.</summary>
internal enum BodyFingerprint
{
    /// <summary>An answer without a fingerprint is not stored.</summary>
    Required,

    /// <summary>The endpoint's answers name none; the replica's polls tell the configuration.</summary>
    IfPresent,
}
