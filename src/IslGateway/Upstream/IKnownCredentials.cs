namespace IslGateway.Upstream;

/// <summary>
/// Which credentials ISL is known to accept. Caching owns that knowledge; what a stranger's calls come to counts for the stranger alone.
/// </summary>
internal interface IKnownCredentials
{
    /// <summary>Whether ISL knows a credential, as far as it was learnt here.</summary>
    bool IsKnown(Credential credential);
}
