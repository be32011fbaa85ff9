using System.Net;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>
/// The guide's pipeline for many users at once: what is elicited always knows of every update that was acknowledged before.
/// </summary>
public sealed class PipelineTests(RedisFixture redis)
{
    private const int Users = 20;
    private const int Rounds = 10;

    [Fact]
    public async Task ElicitAndUpdate_ManyUsersOverTwoGateways_NoQueryIsStale()
    {
        await using var isl = await BeliefIsl.StartAsync();
        string[] settings =
            [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}", "Limits:MaxConcurrentUpstream=64"];
        await using var one = await GatewayUnderTest.StartAsync(isl.Address, settings);
        await using var other = await GatewayUnderTest.StartAsync(isl.Address, settings);
        await one.RedisIsUpAsync();
        await other.RedisIsUpAsync();

        var hits = await Task.WhenAll(Enumerable.Range(0, Users).Select(n => PlayAsync([one.Client, other.Client], $"user-{n}")));

        // Nothing would be shown if nothing had been cached.
        Assert.InRange(hits.Sum(), Users, int.MaxValue);
    }

    /// <returns>How many of the answers were hits.</returns>
    private static async Task<int> PlayAsync(HttpClient[] gateways, string user)
    {
        var hits = 0;
        for (var round = 0; round < Rounds; round++)
        {
            // Twice at one gateway and once at the other: a miss, a hit, and a hit in Redis.
            for (var i = 0; i < 3; i++)
            {
                var (beliefs, isHit) = await ElicitAsync(gateways[(round + (i / 2)) % 2], user);
                Assert.Equal(round, beliefs);
                if (isHit) hits++;
            }

            using var update = await gateways[round % 2]
                .PostAsync(Isl.Update, $$"""{"user_id":"{{user}}","query_id":"q","response":"A"}""");
            Assert.Equal(HttpStatusCode.OK, update.StatusCode);
        }

        return hits;
    }

    private static async Task<(int Beliefs, bool IsHit)> ElicitAsync(HttpClient gateway, string user)
    {
        using var response = await gateway.PostAsync(Isl.Elicit, $$"""{"user_id":"{{user}}","context":{},"num_queries":3}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var body = JsonDocument.Parse(await response.TextAsync());
        return (body.RootElement.GetProperty("beliefs").GetInt32(), response.CacheStatus().Contains("; hit;", StringComparison.Ordinal));
    }
}
