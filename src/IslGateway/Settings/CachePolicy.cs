namespace IslGateway.Settings;

/// <summary>What an endpoint's answer depends on, and so whether it may be kept.</summary>
internal enum CachePolicy
{
    /// <summary>On more than the request, or it changes something: never stored.</summary>
    None,

    /// <summary>On the request and ISL's configuration only.</summary>
    Deterministic,

    /// <summary>Also on the stored beliefs of the user whom the body names.</summary>
    Session,
}
