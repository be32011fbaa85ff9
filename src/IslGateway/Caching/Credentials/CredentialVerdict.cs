namespace IslGateway.Caching.Credentials;

/// <summary>A standing, and ISL's refusal where there is one.</summary>
internal readonly record struct CredentialVerdict(CredentialStanding Standing, CredentialRefusal? Refusal = null)
{
    public static CredentialVerdict Proven { get; } = new(CredentialStanding.Proven);

    public static CredentialVerdict Unknown { get; } = new(CredentialStanding.Unknown);
}
