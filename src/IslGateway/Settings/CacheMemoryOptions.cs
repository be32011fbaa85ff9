using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Cache:Memory</c>: the tier inside the process.</summary>
internal sealed class CacheMemoryOptions
{
    /// <summary>Bytes that the memory tier may hold.</summary>
    [ByteSize("1KiB", "1024GiB")]
    public long SizeLimit { get; init; } = 256L << 20;
}
