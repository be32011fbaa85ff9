namespace IslGateway.Caching.Credentials;

/// <summary>A standing, with ISL's refusal if it is <see cref="CredentialStanding.Refused"/>.</summary>
internal readonly record struct CredentialVerdict(CredentialStanding Standing, CredentialRefusal? Refusal = null)
{
    public static CredentialVerdict Proven { get; } = new(CredentialStanding.Proven);

    public static CredentialVerdict Unknown { get; } = new(CredentialStanding.Unknown);
}
