using IslGateway.Caching;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Stores;

namespace IslGateway.UnitTests.Caching.Filling.Leasing;

/// <summary>An answer that another gateway has stored.</summary>
internal static class Answers
{
    public static KeyedAnswer Found { get; } = FoundAt(DateTimeOffset.UnixEpoch);

    public static KeyedAnswer FoundAt(DateTimeOffset now) => new(
        Digest.Of("key"u8),
        new StoredAnswer { StatusCode = 200, Headers = [], Body = "{}"u8.ToArray(), IdGaps = [] }.Dated(now, TimeSpan.FromHours(1), TimeSpan.FromDays(1)));
}
