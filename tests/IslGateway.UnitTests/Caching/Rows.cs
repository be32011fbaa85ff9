using IslGateway.Endpoints;
using IslGateway.Settings;

namespace IslGateway.UnitTests.Caching;

/// <summary>Endpoint rows as a test needs them.</summary>
internal static class Rows
{
    public static EndpointRow Of(EndpointOptions options, CredentialScope scope = CredentialScope.Partitioned, string name = "A") =>
        EndpointRow.Compile(name, options, new RowDefaults(new CacheOptions { CredentialScope = scope }), 0);

    /// <summary>A deterministic row whose answers name no fingerprint.</summary>
    public static EndpointRow Plain { get; } =
        Of(new EndpointOptions { Path = "/a", Cache = CachePolicy.Deterministic, BodyFingerprint = BodyFingerprint.IfPresent });
}
