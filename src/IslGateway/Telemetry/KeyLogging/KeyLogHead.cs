using System.Text.Json;
using System.Text.Json.Serialization;
using IslGateway.Settings;

namespace IslGateway.Telemetry.KeyLogging;

/// <summary>The first line of each file, and a line wherever they change: the settings that lines are to be read with.</summary>
internal sealed record KeyLogHead
{
    public const int Version = 1;

    /// <summary>Version of the format.</summary>
    [JsonPropertyName("islgateway_key_log")]
    public required int Format { get; init; }

    /// <summary>When the gateway was started, in milliseconds since 1970: its memory was empty then.</summary>
    [JsonPropertyName("started")]
    public required long Started { get; init; }

    /// <summary><c>Cache:Memory:SizeLimit</c>.</summary>
    [JsonPropertyName("size_limit")]
    public required long SizeLimit { get; init; }

    /// <summary><c>Cache:Jitter</c>.</summary>
    [JsonPropertyName("jitter")]
    public required double Jitter { get; init; }

    /// <summary><c>Cache:RefreshAhead</c>.</summary>
    [JsonPropertyName("refresh_ahead")]
    public required double RefreshAhead { get; init; }

    public static KeyLogHead Of(GatewaySettings settings, long started) => new()
    {
        Format = Version,
        Started = started,
        SizeLimit = settings.Cache.Memory.SizeLimit,
        Jitter = settings.Cache.Jitter,
        RefreshAhead = settings.Cache.RefreshAhead,
    };

    /// <summary>The line, with its end.</summary>
    public string ToLine() => JsonSerializer.Serialize(this) + "\n";

    /// <summary>Reads such a line; null if it is none, or of another format.</summary>
    public static KeyLogHead? Parse(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("{\"islgateway_key_log\":"u8)) return null;
        try
        {
            return JsonSerializer.Deserialize<KeyLogHead>(line) is { Format: Version } head and { SizeLimit: > 0 } ? head : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
