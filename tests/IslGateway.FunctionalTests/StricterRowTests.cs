using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using IslSimulator.Knobs;

namespace IslGateway.FunctionalTests;

/// <summary>A row that says something else of keys or storing than before does not serve what was stored under its old rules.</summary>
public sealed class StricterRowTests(RedisFixture redis)
{
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Pareto = "/api/v1/analysis/pareto";
    private const string Body = """{"options":[],"note":"x"}""";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly string _prefix = redis.NewPrefix();

    public static TheoryData<string, string, string> Rules() => new()
    {
        { "NeverStoreWhen", "/odd exists", "/score == 1" },
        { "IgnoreFields", "/note", "/other" },
        { "KeyOrder", "Sorted", "Significant" },
        { "EchoedId", "/metadata/request_id", "/request_id" },
        { "FingerprintAt", "/a", "/b" },
        { "KeyHeaders", "X-A", "X-A, X-B" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Row_WithAnotherRule_AsksIslAnewAndFindsItsOwnAgain(string field, string before, string after)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });

        Assert.Equal(Stored, await AskAsync(isl, 1, $"Endpoints:AnalysisPareto:{field}={before}"));
        Assert.DoesNotContain("hit", await AskAsync(isl, 1, $"Endpoints:AnalysisPareto:{field}={after}"), StringComparison.Ordinal);
        Assert.EndsWith("detail=redis", await AskAsync(isl, 1, $"Endpoints:AnalysisPareto:{field}={before}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row_ThatNowForbidsWhatIsStored_DoesNotServeIt()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        isl.State.Update(knobs => knobs with { RawBodies = [new RawBodyKnob(Pareto, """{"error":"overflow"}""")] });

        Assert.Equal(Stored, await AskAsync(isl, 1, "Cache:NeverStoreWhen=/odd exists"));
        Assert.Equal("IslGateway; fwd=miss; detail=never-store", await AskAsync(isl, 1));
    }

    /// <summary>Asks a gateway of its own, which ends when Redis holds so many answers or more.</summary>
    private async Task<string> AskAsync(SimulatorHost isl, int answers, params string[] settings)
    {
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={_prefix}", .. settings]);
        await gateway.RedisIsUpAsync();
        using var answer = await gateway.Client.PostAsync(Pareto, Body, "X-Request-Id: one");
        await Eventually.TrueAsync(async () => await CountAsync(gateway) >= answers, Soon, $"{answers} answers are in Redis");
        return answer.CacheStatus();
    }

    private async Task<int> CountAsync(GatewayUnderTest gateway)
    {
        var count = 0;
        await foreach (var _ in gateway.Redis.Multiplexer.GetServers()[0].KeysAsync(pattern: $"{_prefix}:v1:AnalysisPareto:*")) count++;
        return count;
    }
}
