using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.UnitTests.Caching.Filling;

/// <summary>An answer that another gateway has stored.</summary>
internal static class FoundAnswers
{
    public static KeyedAnswer Found { get; } = FoundAt(0);

    public static KeyedAnswer FoundAt(long completedAt) => new(
        Digest.Of("key"u8),
        new StoredAnswer { StatusCode = 200, Headers = [], Body = "{}"u8.ToArray(), IdGaps = [] }.Dated(
            completedAt, new Lifetime(TimeSpan.FromHours(1), TimeSpan.FromHours(23))));
}
