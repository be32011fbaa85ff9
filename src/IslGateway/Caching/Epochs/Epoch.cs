using System.Security.Cryptography;
using System.Text;
using IslGateway.Content;

namespace IslGateway.Caching.Epochs;

/// <summary>
/// The configuration under which ISL computes, as <c>/health</c> reports it. ISL's fingerprint covers neither its code nor its libraries,
/// so version and build are parts of the epoch. A part that health does not report is null, which differs from every reported value.
/// </summary>
/// <param name="Fingerprint"><c>config_fingerprint</c>.</param>
/// <param name="Version"><c>version</c>.</param>
/// <param name="Build"><c>build</c>.</param>
internal sealed record Epoch(string? Fingerprint, string? Version, string? Build)
{
    /// <summary>What ISL reports when it does not know its build.</summary>
    public const string UnknownBuild = "unknown";

    /// <summary>Whether the build says which code is running.</summary>
    public bool HasKnownBuild => Build is { Length: > 0 } and not UnknownBuild;

    /// <summary>Whether the simulator reports it: its builds start with <c>sim-</c>.</summary>
    public bool IsSimulated => Build?.StartsWith("sim-", StringComparison.Ordinal) == true;

    /// <summary>
    /// The digest that stands for this epoch in keys. Each part is written as presence, length and bytes, so two epochs never share a
    /// digest.
    /// </summary>
    /// <param name="generation"><c>Cache:Generation</c>.</param>
    public Digest DigestWith(string generation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in (ReadOnlySpan<string?>)[Fingerprint, Version, Build, generation])
        {
            var bytes = part is null ? [] : Encoding.UTF8.GetBytes(part);
            hash.AppendData([part is null ? (byte)0 : (byte)1]);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return Digest.FromBytes(hash.GetHashAndReset());
    }

    /// <summary>Fingerprint, version and build in short, for people.</summary>
    public override string ToString() => $"{Fingerprint ?? "none"} (version {Version ?? "none"}, build {Build ?? "none"})";
}
