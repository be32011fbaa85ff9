using System.Net;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>More than there is room for: what can be served is, the rest is told when to come again, and hits wait for nothing.</summary>
[Collection(Alone.Name)]
public sealed class OverloadTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task ThousandKeysAtOnce_AreAnsweredOrToldToComeAgain()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxConcurrentUpstream=4", "Limits:MaxQueue=200");
        await using var pulse = await Pulse.StartAsync(rig.Gateway.Address, rig.Gateway.Management);
        rig.Sim.Update(knobs => knobs with { Delay = TimeSpan.FromMilliseconds(20) });

        var answers = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(n => rig.PostAsync(Isl.Counterfactual, BodyOf(n))));
        await pulse.StopAsync("1,000 keys at once");

        var (served, refused) = (answers.Count(
            a => a.StatusCode == HttpStatusCode.OK), answers.Where(a => a.StatusCode == HttpStatusCode.ServiceUnavailable).ToList());
        Assert.Equal(1_000, served + refused.Count);
        Assert.InRange(served, 200, 1_000);
        Assert.NotEmpty(refused);
        Assert.All(refused, answer => Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 30));
        Assert.InRange(rig.Sim.ConcurrentMax, 1, 4);
        Figures.Report("overload", $"{served} served, {refused.Count} refused");
        foreach (var answer in answers) answer.Dispose();
    }

    [Fact]
    public async Task ManyKeysOfOneCredential_DoNotHoldUpAnother()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxConcurrentUpstream=1");
        rig.Sim.Hang(Isl.Counterfactual);
        var anns = Enumerable.Range(0, 50).Select(n => rig.PostAsync(Isl.Counterfactual, BodyOf(n), "X-API-Key: ann")).ToList();
        await QueueIsAsync(rig, 49);
        var bobs = rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: bob");
        await QueueIsAsync(rig, 50);

        rig.Sim.ReleaseHang();
        foreach (var answer in await Task.WhenAll(anns.Append(bobs)))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }

        // One of Ann's was under way, one was next in turn.
        Assert.InRange(rig.Sim.LastCalls().TakeWhile(call => call.Path != Isl.Validate).Count(), 1, 2);
    }

    [Fact]
    public async Task CallerLeaves_ItsPlaceInTheQueueIsFreeAtOnce()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxConcurrentUpstream=1", "Limits:MaxQueue=1");
        rig.Sim.Hang(Isl.Counterfactual);
        var first = rig.PostAsync(Isl.Counterfactual, BodyOf(0));
        await rig.CallsReachAsync(Isl.Counterfactual, 1);
        using var leaving = new CancellationTokenSource();
        using var request = Isl.Post(Isl.Counterfactual, BodyOf(1));
        var second = rig.Client.SendAsync(request, leaving.Token);
        await QueueIsAsync(rig, 1);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await QueueIsAsync(rig, 0);
        var third = rig.PostAsync(Isl.Counterfactual, BodyOf(2));
        await QueueIsAsync(rig, 1);
        rig.Sim.ReleaseHang();

        foreach (var answer in await Task.WhenAll(first, third))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }

        Assert.Equal(2, rig.Sim.Calls(Isl.Counterfactual));
    }

    [Fact]
    public async Task Deadline_PassesInTheQueue_Is504AndNothingIsAskedOfIsl()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxConcurrentUpstream=1");
        rig.Sim.Hang(Isl.Counterfactual);
        var first = rig.PostAsync(Isl.Counterfactual, BodyOf(0));
        await rig.CallsReachAsync(Isl.Counterfactual, 1);

        using var late = await rig.PostAsync(Isl.Counterfactual, BodyOf(1), "X-Timeout-Ms: 200");

        Assert.Equal((HttpStatusCode.GatewayTimeout, "IslGateway; detail=deadline-passed"), (late.StatusCode, late.CacheStatus()));
        await QueueIsAsync(rig, 0);
        rig.Sim.ReleaseHang();
        (await first).Dispose();
        Assert.Equal(1, rig.Sim.Calls(Isl.Counterfactual));
    }

    [Fact]
    public async Task Deadline_PassesWhileTheBodyArrives_Is504AndTheConnectionIsClosed()
    {
        await using var rig = await Rig.StartAsync();
        await using var caller = await RawHttp.ConnectAsync(rig.Gateway.Address);
        await caller.SendAsync(RawHttp.Request(
            """{"half":""", $"POST {Isl.Validate} HTTP/1.1", "Host: h", "Content-Type: application/json", "Content-Length: 1000",
            "X-Timeout-Ms: 300"));

        var answer = await caller.ReadAnswerAsync();

        Assert.Equal((504, "IslGateway; detail=deadline-passed"), (answer.Status, answer.Header("Cache-Status")));
        Assert.Equal("close", answer.Header("Connection"));
        Assert.Equal(0, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Fill_ItsCallerGone_IsStoredAllTheSame()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Hang(Isl.Validate);
        await rig.LeavesAsync(Isl.Validate, Isl.ValidateBody);
        rig.Sim.ReleaseHang();

        await Eventually.TrueAsync(() => rig.Memory.Entries == 1, Soon, "the answer is stored");
        Assert.EndsWith("detail=memory", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task BuffersFull_CanonicalFormHasNoRoom_Is503AndNothingIsKept()
    {
        // The body as received takes 64 KiB, its canonical form as much again and more.
        await using var rig = await Rig.StartAsync("Limits:MaxRequestBodySize=64KiB", "Limits:MaxBufferedBytes=128KiB");
        var body = $$"""{"a":"{{new string('x', 60_000)}}"}""";

        using var refused = await rig.PostAsync(Isl.Validate, body);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "IslGateway; detail=overloaded"), (refused.StatusCode, refused.CacheStatus()));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        Assert.Equal(0, rig.Sim.TotalCalls);
        await rig.HoldsNothingAsync();
        using var small = await rig.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal(HttpStatusCode.OK, small.StatusCode);
    }

    [Fact]
    public async Task BuffersFullOfFills_HitsAreServedAndWhatGoesToIslIsNot()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxRequestBodySize=256KiB", "Limits:MaxBufferedBytes=4MiB");
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        rig.Sim.Update(knobs => knobs with { BodyPadding = 200_000 });
        var large = Isl.ValidateBody.Replace("Revenue", "Turnover", StringComparison.Ordinal);
        (await rig.PostAsync(Isl.Validate, large)).Dispose();
        rig.Sim.Hang(Isl.Counterfactual);
        var filling = rig.PostAsync(Isl.Counterfactual, BodyOf(0), "X-Timeout-Ms: 60000");
        await rig.CallsReachAsync(Isl.Counterfactual, 1);

        // Many more of the same, to the last byte.
        using var fills = rig.Buffers.ForFills.TryHold(rig.Buffers.ForFills.Limit - rig.Buffers.InUse);
        Assert.NotNull(fills);
        using var miss = await rig.PostAsync(Isl.Counterfactual, BodyOf(1), "X-Timeout-Ms: 60000");
        using var update = await rig.PostAsync(Isl.Update, """{"user_id":"alice","query_id":"q1","response":"A"}""");
        var hit = await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);
        using var largeHit = await rig.PostAsync(Isl.Validate, large);

        foreach (var refused in (HttpResponseMessage[])[miss, update])
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "IslGateway; detail=overloaded"), (refused.StatusCode, refused.CacheStatus()));
        Assert.EndsWith("detail=memory", hit, StringComparison.Ordinal);
        Assert.EndsWith("detail=memory", largeHit.CacheStatus(), StringComparison.Ordinal);
        Assert.InRange((await largeHit.BytesAsync()).Length, 200_000, int.MaxValue);
        fills.Dispose();
        rig.Sim.ReleaseHang();
        using var filled = await filling;
        Assert.Equal(HttpStatusCode.OK, filled.StatusCode);
        await rig.HoldsNothingAsync();
    }

    [Fact]
    public async Task BuffersFullOfFills_AnswerHasNoRoom_Is503()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxRequestBodySize=64KiB", "Limits:MaxBufferedBytes=1MiB");
        rig.Sim.Update(knobs => knobs with { BodyPadding = 40_000 });
        using var fills = rig.Buffers.ForFills.TryHold(rig.Buffers.ForFills.Limit - rig.Buffers.InUse - 16_384);

        using var miss = await rig.PostAsync(Isl.Counterfactual, BodyOf(1));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), (miss.StatusCode, rig.Sim.Calls(Isl.Counterfactual)));
    }

    [Fact]
    public async Task Sizes_OfBodiesBothWays_AreCounted()
    {
        await using var rig = await Rig.StartAsync();
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        using var hit = await rig.PostAsync(Isl.Validate, Isl.ValidateBody);
        var (received, sent) = (Encoding.UTF8.GetByteCount(Isl.ValidateBody), (await hit.BytesAsync()).Length);

        await Eventually.TrueAsync(
            async () => (await rig.Gateway.MetricsAsync()) is var text
                && text.Contains(
                    $"isl_gateway_request_size_bytes_sum{{endpoint=\"{Isl.Validate}\"}} {2 * received}\n", StringComparison.Ordinal)
                && text.Contains(
                    $"isl_gateway_response_size_bytes_sum{{endpoint=\"{Isl.Validate}\"}} {2 * sent}\n", StringComparison.Ordinal)
                && text.Contains("isl_gateway_queue_wait_seconds_count 1\n", StringComparison.Ordinal),
            Soon, "both exchanges' sizes and the one fill's wait are counted");
    }

    private static string BodyOf(int n) => Isl.CounterfactualBody.Replace("60", $"{60 + n}", StringComparison.Ordinal);

    private static Task QueueIsAsync(Rig rig, int length)
    {
        var metrics = rig.Gateway.Services.GetRequiredService<GatewayMetrics>();
        return Eventually.TrueAsync(() => (int)metrics.QueueLength.Value == length, Soon, $"{length} fills wait for a place");
    }
}
