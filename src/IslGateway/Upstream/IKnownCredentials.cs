namespace IslGateway.Upstream;

/// <summary>
/// Which credentials ISL is known to accept; Caching implements it. An unknown credential's calls count for that credential alone.
/// </summary>
internal interface IKnownCredentials
{
    /// <summary>Whether ISL is known to accept a credential.</summary>
    bool IsKnown(Credential credential);
}
