using System.Diagnostics;
using System.Net;
using IslSimulator;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// Three gateways, one question: the one that asks ISL for all of them is killed in the middle of its fill, and another takes over.
/// </summary>
internal static class KilledHolder
{
    private const string Collapsed = "IslGateway; fwd=miss; collapsed";
    private const string Stored = "IslGateway; fwd=miss; stored";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <param name="fill">How long ISL takes for an answer; null: until another gateway has asked it, too.</param>
    /// <param name="settings">More settings of the gateways.</param>
    /// <returns>
    /// How long after the kill another gateway asked ISL, and how long after it the callers of the others had their answers.
    /// </returns>
    public static async Task<(TimeSpan TakenOver, TimeSpan Answered)> RunAsync(TimeSpan? fill, params string[] settings)
    {
        RedisProcess.RequireOrSkip();
        await using var redis = await RedisProcess.StartAsync();
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        if (fill is { } takes) isl.State.Delay = takes;
        else isl.State.Hang(Isl.Validate);
        var gateways = Enumerable.Range(0, 3).Select(_ => GatewayProcess.Start(
        [
            "--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}", $"--ConnectionStrings:Redis={redis.ConnectionString}",
            "--Cache:LookupBudget=500ms", .. settings,
        ])).ToArray();
        try
        {
            foreach (var gateway in gateways) await gateway.RedisIsUpAsync();
            using var first = new HttpClient { BaseAddress = gateways[0].Address };
            using var second = new HttpClient { BaseAddress = gateways[1].Address };
            using var third = new HttpClient { BaseAddress = gateways[2].Address };
            var (answered, age) = (first.PostAsync(Isl.Validate, Isl.ValidateBody), Stopwatch.StartNew());
            await Eventually.TrueAsync(() => isl.State.Calls(Isl.Validate) == 1, Soon, "the first gateway asks");
            Task<HttpResponseMessage>[] others =
                [second.PostAsync(Isl.Validate, Isl.ValidateBody), third.PostAsync(Isl.Validate, Isl.ValidateBody)];
            if (fill is not null) await Eventually.TrueAsync(() => age.Elapsed > fill / 2, Soon, "the fill is in its middle");
            else foreach (var gateway in gateways[1..]) await HoldsAsync(gateway);
            Assert.Equal(1, isl.State.Calls(Isl.Validate));

            await gateways[0].KillAsync();
            var clock = Stopwatch.StartNew();
            await Eventually.TrueAsync(() => isl.State.Calls(Isl.Validate) == 2, Soon, "another gateway takes over");
            var takenOver = clock.Elapsed;
            isl.State.ReleaseHang();
            var answers = await Task.WhenAll(others);
            var elapsed = clock.Elapsed;

            await Assert.ThrowsAnyAsync<HttpRequestException>(() => answered);
            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
            Assert.Equal(2, isl.State.Calls(Isl.Validate));
            Assert.Equal([Collapsed, Stored], answers.Select(answer => answer.CacheStatus()).Order(StringComparer.Ordinal));
            foreach (var answer in answers) answer.Dispose();
            return (takenOver, elapsed);
        }
        finally
        {
            foreach (var gateway in gateways) await gateway.DisposeAsync();
        }
    }

    /// <summary>Waits until a caller is inside a gateway.</summary>
    private static async Task HoldsAsync(GatewayProcess gateway)
    {
        using var management = new HttpClient { BaseAddress = gateway.Management };
        await Eventually.TrueAsync(
            async () => Exposition.Parse(await management.GetStringAsync("/metrics", TestContext.Current.CancellationToken))
                ["isl_gateway_buffered_bytes"] > 0,
            Soon, "a caller is inside the gateway");
    }
}
