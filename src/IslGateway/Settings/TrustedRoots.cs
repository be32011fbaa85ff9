using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IslGateway.Settings;

/// <summary>
/// Which certificates of ISL are trusted: those signed by a root in <c>Isl:CaFile</c> or, if that is unset, by one that the machine trusts.
/// </summary>
internal static class TrustedRoots
{
    /// <summary>The options for every client that connects to ISL.</summary>
    public static SslClientAuthenticationOptions For(IslOptions isl)
    {
        var options = new SslClientAuthenticationOptions();
        if (string.IsNullOrEmpty(isl.CaFile)) return options;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(Read(isl.CaFile));
        options.CertificateChainPolicy = policy;
        return options;
    }

    /// <summary>Why a file cannot be used; null if it can.</summary>
    public static string? Fault(string path)
    {
        try
        {
            return Read(path).Count > 0 ? null : "holds no certificate in PEM";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return $"must be a PEM file that can be read ({e.GetType().Name})";
        }
    }

    private static X509Certificate2Collection Read(string path)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(path);
        return roots;
    }
}
