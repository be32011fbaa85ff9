using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>Answers larger than the cache takes: everyone gets all of it, and nothing of it stays.</summary>
public sealed class OversizeTests
{
    private const string Small = "Cache:MaxEntrySize=64KiB";
    private const string LeadersStatus = "IslGateway; fwd=miss; detail=oversize";
    private const string OthersStatus = "IslGateway; fwd=bypass; detail=oversize";
    private const int OverTheLimit = 300_000;

    [Fact]
    public async Task Leader_IsGivenTheWholeAnswer()
    {
        await using var rig = await Rig.StartAsync(Small);
        rig.Sim.Update(knobs => knobs with { BodyPadding = 3_000_000 });

        using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: same");

        Assert.Equal((HttpStatusCode.OK, LeadersStatus), (response.StatusCode, response.CacheStatus()));
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(await rig.AskIslAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: same"), await response.TextAsync());
        Assert.Equal(0, rig.Memory.Entries);
    }

    [Fact]
    public async Task MaxBufferedBytes_Reloaded_HoldsAtOnce()
    {
        await using var rig = await Rig.StartAsync();
        var configuration = (IConfigurationRoot)rig.Gateway.Services.GetRequiredService<IConfiguration>();
        configuration["Limits:MaxRequestBodySize"] = "1KiB";
        configuration["Limits:MaxBufferedBytes"] = "16MiB";
        configuration.Reload();
        Assert.Equal(16 << 20, rig.Buffers.Limit);
    }

    [Fact]
    public async Task Waiters_AreEachGivenTheirOwnWholeAnswer()
    {
        await using var rig = await Rig.StartAsync(Small);
        rig.Sim.Update(knobs => knobs with { BodyPadding = OverTheLimit });
        rig.Sim.Hang(Isl.Validate);
        var asking = Enumerable.Range(0, 4).Select(i => rig.PostAsync(Isl.Validate, Isl.ValidateBody, $"X-Request-Id: caller-{i}"))
            .ToArray();
        await rig.CallsReachAsync(Isl.Validate, 1);
        await rig.HoldsAsync(4);
        rig.Sim.ReleaseHang();

        var answers = await Task.WhenAll(asking);

        Assert.Single(answers, answer => answer.CacheStatus() == LeadersStatus);
        Assert.Equal(3, answers.Count(answer => answer.CacheStatus() == OthersStatus));
        for (var i = 0; i < answers.Length; i++)
        {
            Assert.Equal(await rig.AskIslAsync(Isl.Validate, Isl.ValidateBody, $"X-Request-Id: caller-{i}"), await answers[i].TextAsync());
            answers[i].Dispose();
        }

        Assert.Equal(0, rig.Memory.Entries);
    }

    [Fact]
    public async Task Key_OnceOversize_IsNotSharedAgainForAWhile()
    {
        await using var rig = await Rig.StartAsync(Small);
        rig.Sim.Update(knobs => knobs with { BodyPadding = OverTheLimit });

        Assert.Equal(LeadersStatus, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.Equal(OthersStatus, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.Equal("IslGateway; fwd=miss; detail=oversize", await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody));
    }

    [Fact]
    public async Task Answer_JustWithinTheLimit_IsStored()
    {
        await using var rig = await Rig.StartAsync(Small);
        rig.Sim.Update(knobs => knobs with { BodyPadding = 60_000 });

        Assert.Equal("IslGateway; fwd=miss; stored", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.EndsWith("detail=memory", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leader_DisconnectsInMidStream_NothingIsHeld()
    {
        await using var rig = await Rig.StartAsync(Small);
        rig.Sim.Update(knobs => knobs with { BodyPadding = 32_000_000 });
        using var request = Isl.Post(Isl.Validate, Isl.ValidateBody);

        var response = await rig.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(LeadersStatus, response.CacheStatus());
        var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, await stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        response.Dispose();

        await rig.HoldsNothingAsync();
    }

    [Fact]
    public async Task Leader_DisconnectsBeforeTheAnswer_NothingIsHeldAndWaitersHaveTheirs()
    {
        await using var rig = await Rig.StartAsync(Small);
        rig.Sim.Update(knobs => knobs with { BodyPadding = 2_000_000 });
        rig.Sim.Hang(Isl.Validate);
        using var leaving = new CancellationTokenSource();
        using var request = Isl.Post(Isl.Validate, Isl.ValidateBody);
        var leading = rig.Client.SendAsync(request, leaving.Token);
        await rig.CallsReachAsync(Isl.Validate, 1);
        var waiting = rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: waiter");
        await rig.HoldsAsync(2);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leading);
        await Eventually.TrueAsync(
            () => rig.Buffers.InUse <= 256 + Isl.ValidateBody.Length, TimeSpan.FromSeconds(60), "the gateway has noticed");
        rig.Sim.ReleaseHang();

        using var answer = await waiting;
        Assert.Equal(OthersStatus, answer.CacheStatus());
        Assert.Equal(await rig.AskIslAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: waiter"), await answer.TextAsync());
        await rig.HoldsNothingAsync();
    }

    [Fact]
    public async Task Isl_BreaksOffInMidStream_TheAnswerDoesNotLookWhole()
    {
        await using var rig = await Rig.StartAsync(Small);
        rig.Sim.Update(knobs => knobs with { BodyPadding = OverTheLimit });
        rig.Sim.Drop(1);

        using var request = Isl.Post(Isl.Validate, Isl.ValidateBody);

        // The reset may overtake the head.
        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            using var response = await rig.Client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            await response.BytesAsync();
        });
        await rig.HoldsNothingAsync();
    }
}
