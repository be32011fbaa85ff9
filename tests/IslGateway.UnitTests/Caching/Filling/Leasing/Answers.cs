using IslGateway.Caching;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Stores;
using IslGateway.Endpoints;

namespace IslGateway.UnitTests.Caching.Filling.Leasing;

/// <summary>An answer that another gateway has stored.</summary>
internal static class Answers
{
    public static KeyedAnswer Found { get; } = FoundAt(0);

    public static KeyedAnswer FoundAt(long completedAt) => new(
        Digest.Of("key"u8),
        new StoredAnswer { StatusCode = 200, Headers = [], Body = "{}"u8.ToArray(), IdGaps = [] }.Dated(completedAt, new Lifetime(TimeSpan.FromHours(1), TimeSpan.FromHours(23))));
}
