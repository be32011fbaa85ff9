namespace IslGateway.Caching.Credentials;

/// <summary>Whether a caller may have what is stored.</summary>
internal enum CredentialStanding
{
    /// <summary>ISL accepts the credential.</summary>
    Proven,

    /// <summary>ISL refuses it: its answer is the caller's.</summary>
    Refused,

    /// <summary>Not known: go upstream as a miss, and let ISL decide.</summary>
    Unknown,
}
