using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.UnitTests.Caching.Tiers;

/// <summary>Answers and keys as a test needs them.</summary>
internal static class SampleAnswers
{
    private static readonly byte[] Blank = new byte[1 << 16];

    public static Digest Key(int number) => Digest.Of(BitConverter.GetBytes(number));

    /// <param name="bodySize">Bytes of its body.</param>
    /// <param name="completedAt">A timestamp of the time provider.</param>
    /// <param name="keepFor">Of which the first hour is fresh.</param>
    public static StoredAnswer Of(int bodySize, long completedAt = 0, TimeSpan? keepFor = null) => new()
    {
        StatusCode = 200,
        Headers = [],
        Body = new byte[bodySize],
        IdGaps = [],
        CompletedAt = completedAt,
        Lifetime = new Lifetime(TimeSpan.FromHours(1), (keepFor ?? TimeSpan.FromDays(1)) - TimeSpan.FromHours(1)),
    };

    /// <summary>What an answer of no bytes counts for in the memory tier.</summary>
    public static long Empty { get; } = Of(0).Size;

    /// <param name="seconds">What ISL took for it.</param>
    /// <param name="size">Bytes that it counts for.</param>
    /// <param name="completedAt">A timestamp of the time provider.</param>
    /// <param name="freshFor">Its lifetime, after which it may stand in for a day.</param>
    public static StoredAnswer Costing(double seconds, int size = 2_000, long completedAt = 0, TimeSpan? freshFor = null) => new()
    {
        StatusCode = 200,
        Headers = [],
        Body = Blank.AsMemory(0, size - (int)Empty),
        IdGaps = [],
        CompletedAt = completedAt,
        Lifetime = new Lifetime(freshFor ?? TimeSpan.FromHours(1), TimeSpan.FromDays(1)),
        UpstreamDuration = TimeSpan.FromSeconds(seconds),
    };

    public static StoredAnswer Small() => new()
    {
        StatusCode = 200,
        Headers = [new("content-type", "application/json"), new("x-olumi-service", "isl é")],
        Body = """{"request_id":"","n":1}"""u8.ToArray(),
        IdGaps = [15],
        IsNotToBePacked = true,
        AgeThen = TimeSpan.FromSeconds(7),
        Lifetime = new Lifetime(TimeSpan.FromMinutes(5), TimeSpan.FromDays(1)),
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
            (expected.IsNotToBePacked, expected.AgeThen, expected.Lifetime, expected.UpstreamDuration),
            (actual.IsNotToBePacked, actual.AgeThen, actual.Lifetime, actual.UpstreamDuration));
    }
}
