using System.Text.Json;

namespace IslGateway.Caching.Epochs;

/// <summary>Reads the epoch from a health body.</summary>
internal static class HealthReport
{
    /// <summary>The most bytes of a health body to read: ISL's has about 200.</summary>
    public const int MaxSize = 64 * 1024;

    private const int MaxPartLength = 200;

    /// <summary>
    /// The epoch that a health body names, or null if it is not a valid report: not a JSON object; a part that is neither absent, null nor
    /// a string of at most 200 characters; or no part at all, as in pages that a proxy sends in place of ISL.
    /// </summary>
    public static Epoch? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && TryPart(root, "config_fingerprint", out var fingerprint)
                && TryPart(root, "version", out var version)
                && TryPart(root, "build", out var build)
                && (fingerprint, version, build) is not (null or "", null or "", null or "")
                    ? new Epoch(fingerprint, version, build)
                    : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool TryPart(JsonElement root, string name, out string? part)
    {
        part = null;
        if (!root.TryGetProperty(name, out var element) || element.ValueKind == JsonValueKind.Null) return true;
        if (element.ValueKind != JsonValueKind.String) return false;
        part = element.GetString();
        return part!.Length <= MaxPartLength;
    }
}
