using System.Collections.Concurrent;
using System.Net;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>
/// ISL killed, brought back and busy under load: what is known is served, what is not fails fast, and its return is no stampede.
/// </summary>
public sealed class IslTroubleTests
{
    private const int MaxConcurrent = 8;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Isl_KilledAndBackUnderLoad_HitsGoOnStaleIsLabelledAndTheCircuitOpensAndCloses()
    {
        await using var isl = await IslProcess.StartAsync();
        await isl.TurnAsync("""{"delay_ms":20}""");
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.Address, $"Limits:MaxConcurrentUpstream={MaxConcurrent}", "Endpoints:CausalCounterfactual:Ttl=500ms", "Cache:Jitter=0");
        foreach (var client in Enumerable.Range(0, 10).SelectMany(n => new[] { (Isl.Validate, Known(n)), (Isl.Counterfactual, Short(n)) }))
            (await gateway.Client.PostAsync(client.Item1, client.Item2)).Dispose();

        await using var warm = new Callers(gateway.Client, Isl.Validate, n => Known(n % 10), callers: 4);
        await using var stale = new Callers(gateway.Client, Isl.Counterfactual, n => Short(n % 10), callers: 4);
        await using var cold = new Callers(gateway.Client, Isl.Validate, n => Unknown(n), callers: 8);
        await cold.GoOnAsync(50);
        var beforeKill = cold.Count;

        await isl.KillAsync();
        await BecomesAsync(gateway, "open", 1);
        await cold.GoOnAsync(50);
        await stale.GoOnAsync(50);
        await warm.GoOnAsync(50);
        await isl.RestartAsync();
        await BecomesAsync(gateway, "closed", 1);
        await BecomesAsync(gateway, "open", 0);
        var whenBack = cold.Count;
        await Eventually.TrueAsync(() => cold.SucceededSince(whenBack, 50), Soon, "what was never asked is answered again");
        await stale.GoOnAsync(50);

        var hits = await warm.StopAsync();
        Assert.All(hits, answer => Assert.Matches("^IslGateway; hit; ttl=[0-9]+; detail=memory$", answer.CacheStatus));
        Assert.All(hits, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));

        var shortLived = await stale.StopAsync();
        Assert.All(shortLived, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Contains(shortLived, answer => answer.CacheStatus.StartsWith("IslGateway; fwd=stale; ttl=-", StringComparison.Ordinal));
        Assert.Contains(shortLived, answer => answer.CacheStatus.StartsWith("IslGateway; hit; ttl=-", StringComparison.Ordinal));

        var asked = await cold.StopAsync();
        Assert.All(asked.Take(beforeKill), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        var failed = asked.Where(answer => answer.Status != HttpStatusCode.OK).ToList();
        Assert.All(
            failed,
            answer => Assert.Contains(answer.Status, (HttpStatusCode[])[HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable]));
        Assert.Contains(failed, answer => answer.CacheStatus == "IslGateway; detail=circuit-open");
        Assert.InRange(await isl.ReadAsync("concurrent_max"), 1, MaxConcurrent);
        var standIns = shortLived.Count(answer => answer.CacheStatus.Contains("stale", StringComparison.Ordinal));
        Figures.Report(
            "isl-trouble",
            $"{hits.Count} hits and {shortLived.Count} answers of known questions ({standIns} of them stale): "
            + $"no error. {asked.Count} questions never asked before: {failed.Count} errors, {100.0 * failed.Count / asked.Count:0.0} %.");
    }

    [Fact]
    public async Task Isl_BusyForLongerThanEpochMaxAge_HitsGoOn()
    {
        await using var isl = await IslProcess.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, "Isl:EpochMaxAge=2s");
        (await gateway.Client.PostAsync(Isl.Validate, Known(0))).Dispose();
        await isl.TurnAsync("""{"one_at_a_time":true,"delay_ms":150}""");

        // 64 calls of 150 ms, one after the other: almost ten seconds, in which health has to wait its turn, too.
        var slow = Task.WhenAll(Enumerable.Range(0, 64).Select(n => gateway.Client.PostAsync(Isl.Validate, Unknown(n))));
        await using var warm = new Callers(gateway.Client, Isl.Validate, _ => Known(0), callers: 2);
        var answers = await slow;

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var hits = await warm.StopAsync();
        Assert.InRange(hits.Count, 20, int.MaxValue);
        Assert.All(hits, answer => Assert.Matches("^IslGateway; hit; ttl=[0-9]+; detail=memory$", answer.CacheStatus));
        foreach (var answer in answers) answer.Dispose();
    }

    private static Task BecomesAsync(GatewayUnderTest gateway, string state, double value) => Eventually.TrueAsync(
        async () => (await Exposition.OfAsync(gateway))
            .Sum("isl_gateway_circuit_state", "family=\"causal\"", $"state=\"{state}\"") == value,
        Soon, $"the circuit is{(value == 0 ? " not" : "")} {state}");

    private static string Known(int n) => Isl.ValidateBody.Replace("Revenue", $"Known{n}", StringComparison.Ordinal);

    private static string Unknown(int n) => Isl.ValidateBody.Replace("Revenue", $"New{n}", StringComparison.Ordinal);

    private static string Short(int n) => Isl.CounterfactualBody.Replace("60", $"{60 + n}", StringComparison.Ordinal);

    /// <summary>A few callers of one endpoint who ask on and on and keep every account.</summary>
    private sealed class Callers : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken);
        private readonly ConcurrentQueue<(HttpStatusCode Status, string CacheStatus)> _answers = new();
        private readonly Task _running;
        private int _asked = -1;

        public Callers(HttpClient client, string path, Func<int, string> body, int callers) =>
            _running = Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(() => AskAsync(client, path, body))));

        public int Count => _answers.Count;

        public bool SucceededSince(int count, int times) =>
            _answers.Skip(count).Count(answer => answer.Status == HttpStatusCode.OK) >= times;

        public Task GoOnAsync(int answers)
        {
            var enough = Count + answers;
            return Eventually.TrueAsync(() => Count >= enough || _running.IsCompleted, Soon, $"{answers} more answers are here");
        }

        public async Task<IReadOnlyList<(HttpStatusCode Status, string CacheStatus)>> StopAsync()
        {
            await _stop.CancelAsync();
            await _running;
            return [.. _answers];
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }

        private async Task AskAsync(HttpClient client, string path, Func<int, string> body)
        {
            while (!_stop.IsCancellationRequested)
            {
                using var request = Isl.Post(path, body(Interlocked.Increment(ref _asked)));
                using var response = await client.SendAsync(request, CancellationToken.None);
                _answers.Enqueue((response.StatusCode, response.CacheStatus()));
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
            }
        }
    }
}
