using IslGateway.Caching.Filling;

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

/// <summary>A standing, and ISL's refusal where there is one.</summary>
internal readonly record struct CredentialVerdict(CredentialStanding Standing, FillResult? Refusal = null)
{
    public static CredentialVerdict Proven { get; } = new(CredentialStanding.Proven);

    public static CredentialVerdict Unknown { get; } = new(CredentialStanding.Unknown);
}
