using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IslGateway.Telemetry.KeyLogging;

/// <summary>
/// One request to a cacheable endpoint, as a line of JSON. Members that do not apply are left out.
/// <code>
///   {"t":1764500000.123456,"row":"CausalValidate","key":"9f86d081884c7d65","epoch":"3c9909af","cache":"hit","detail":"memory",
///    "took":0.000213,"cost":0.005127,"bytes":2412,"ttl":3412.5,"stale":86400}
/// </code>
/// </summary>
internal readonly record struct KeyLogLine
{
    /// <summary>Seconds from 1970 to the end of the calendar: more is no time, and no number of a line is larger.</summary>
    private const double Most = 253_402_300_799;

    /// <summary>When the request ended, in seconds since 1970.</summary>
    public double At { get; init; }

    /// <summary>The endpoint's row.</summary>
    public required string Row { get; init; }

    /// <summary>
    /// 64 bits of the digest of the key without its epoch, made with <c>Cache:KeySecret</c> where there is one. Null: the request has no
    /// key.
    /// </summary>
    public ulong? Key { get; init; }

    /// <summary>32 bits of the digest of the epoch that it was looked for under. Null: none was known.</summary>
    public uint? Epoch { get; init; }

    /// <summary>
    /// What the cache did: <c>hit</c>, <c>stale</c> (both hits by the guide's count), <c>stored</c>, <c>collapsed</c>, <c>miss</c>,
    /// <c>refreshed</c>, <c>bypass</c> or <c>answered</c>.
    /// </summary>
    public required string Cache { get; init; }

    /// <summary>The reason word of <c>Cache-Status</c>, where there is one.</summary>
    public string? Detail { get; init; }

    /// <summary>Seconds that the request took.</summary>
    public double Took { get; init; }

    /// <summary>Seconds that ISL took for the answer that was served, now or when it was stored.</summary>
    public double Cost { get; init; }

    /// <summary>Bytes that the answer counts for in memory; 0 if it is none that may be stored.</summary>
    public long Bytes { get; init; }

    /// <summary>Seconds for which the answer is fresh, from when it was stored.</summary>
    public double Ttl { get; init; }

    /// <summary>Seconds for which it may then stand in for ISL.</summary>
    public double Stale { get; init; }

    /// <summary>Whether the cache served it.</summary>
    public bool IsHit => Cache is "hit" or "stale";

    /// <summary>Appends the line, with its end.</summary>
    public void AppendTo(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"{{\"t\":{At:F6},\"row\":\"{JsonEncodedText.Encode(Row)}\"");
        if (Key is { } key) text.Append(CultureInfo.InvariantCulture, $",\"key\":\"{key:x16}\"");
        if (Epoch is { } epoch) text.Append(CultureInfo.InvariantCulture, $",\"epoch\":\"{epoch:x8}\"");
        text.Append(CultureInfo.InvariantCulture, $",\"cache\":\"{Cache}\"");
        if (Detail is { } detail) text.Append(CultureInfo.InvariantCulture, $",\"detail\":\"{detail}\"");
        text.Append(CultureInfo.InvariantCulture, $",\"took\":{Took:0.######},\"cost\":{Cost:0.#######}");
        if (Bytes > 0)
            text.Append(CultureInfo.InvariantCulture, $",\"bytes\":{Bytes},\"ttl\":{Ttl:0.#######},\"stale\":{Stale:0.#######}");
        text.Append("}\n");
    }

    /// <summary>Reads a line. False if it is no whole one.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out KeyLogLine read)
    {
        read = default;
        try
        {
            if (JsonSerializer.Deserialize<Members>(line) is not { Row.Length: > 0, Cache.Length: > 0 } members) return false;
            if (!IsHex(members.Key, out var key) || !IsHex(members.Epoch, out var epoch) || epoch > uint.MaxValue) return false;
            double[] numbers = [members.T, members.Took, members.Cost, members.Ttl, members.Stale, members.Bytes];
            if (Array.Exists(numbers, number => number is < 0 or > Most) || members.Bytes > int.MaxValue) return false;
            read = new KeyLogLine
            {
                At = members.T,
                Row = members.Row,
                Key = key,
                Epoch = (uint?)epoch,
                Cache = members.Cache,
                Detail = members.Detail,
                Took = members.Took,
                Cost = members.Cost,
                Bytes = members.Bytes,
                Ttl = members.Ttl,
                Stale = members.Stale,
            };
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsHex(string? text, out ulong? value)
    {
        var isIt = ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number);
        value = isIt ? number : null;
        return isIt || text is null;
    }

    private sealed record Members
    {
        [JsonPropertyName("t")]
        public required double T { get; init; }

        [JsonPropertyName("row")]
        public required string Row { get; init; }

        [JsonPropertyName("key")]
        public string? Key { get; init; }

        [JsonPropertyName("epoch")]
        public string? Epoch { get; init; }

        [JsonPropertyName("cache")]
        public required string Cache { get; init; }

        [JsonPropertyName("detail")]
        public string? Detail { get; init; }

        [JsonPropertyName("took")]
        public double Took { get; init; }

        [JsonPropertyName("cost")]
        public double Cost { get; init; }

        [JsonPropertyName("bytes")]
        public long Bytes { get; init; }

        [JsonPropertyName("ttl")]
        public double Ttl { get; init; }

        [JsonPropertyName("stale")]
        public double Stale { get; init; }
    }
}
