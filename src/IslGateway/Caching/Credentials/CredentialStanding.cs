namespace IslGateway.Caching.Credentials;

/// <summary>Whether a caller may have what is stored.</summary>
internal enum CredentialStanding
{
    /// <summary>ISL accepts the credential.</summary>
    Proven,

    /// <summary>ISL refuses it, and the caller is given ISL's answer.</summary>
    Refused,

    /// <summary>Not known: the request goes upstream as a miss, where ISL decides.</summary>
    Unknown,
}
