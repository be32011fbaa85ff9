using IslGateway.Caching;
using IslGateway.Caching.Keys;

namespace IslGateway.UnitTests.Caching.Stores;

/// <summary>Answers and keys as a test needs them.</summary>
internal static class Answers
{
    public static Digest Key(int number) => Digest.Of(BitConverter.GetBytes(number));

    public static StoredAnswer Of(int bodySize, long createdAt = 0, TimeSpan? keepFor = null) => new()
    {
        StatusCode = 200,
        Headers = [],
        Body = new byte[bodySize],
        IdGaps = [],
        CreatedAt = createdAt,
        Ttl = TimeSpan.FromHours(1),
        KeepFor = keepFor ?? TimeSpan.FromDays(1),
    };

    public static StoredAnswer Small() => new()
    {
        StatusCode = 200,
        Headers = [new("content-type", "application/json"), new("x-olumi-service", "isl é")],
        Body = """{"request_id":"","n":1}"""u8.ToArray(),
        IdGaps = [15],
        CreatedAt = 1_760_000_000_123,
        Ttl = TimeSpan.FromMinutes(5),
        KeepFor = TimeSpan.FromDays(1),
        UpstreamDuration = TimeSpan.FromTicks(12_345_678),
        FilledBy = Key(2),
    };

    public static void AssertSame(StoredAnswer expected, StoredAnswer actual)
    {
        Assert.Equal(expected.StatusCode, actual.StatusCode);
        Assert.Equal(expected.Headers, actual.Headers);
        Assert.True(expected.Body.Span.SequenceEqual(actual.Body.Span));
        Assert.Equal(expected.IdGaps, actual.IdGaps);
        Assert.Equal(expected.FilledBy, actual.FilledBy);
        Assert.Equal(expected.Size, actual.Size);
        Assert.Equal(
            (expected.CreatedAt, expected.Ttl, expected.KeepFor, expected.UpstreamDuration),
            (actual.CreatedAt, actual.Ttl, actual.KeepFor, actual.UpstreamDuration));
    }
}
