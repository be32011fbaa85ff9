using System.Text;
using IslGateway.Caching.Epochs;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Workflows.Kept;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>What callers ask is kept only where that is wanted, and only what may be asked again.</summary>
public sealed class KeptRequestsTests
{
    private const string Kept = "Cache:KeepRequests=1MiB";

    [Fact]
    public async Task NotSwitchedOn_Requests_AreNotKept()
    {
        await using var rig = await Rig.StartAsync();

        for (var i = 0; i < 3; i++) await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal(0, Of(rig).Count);
    }

    [Fact]
    public async Task Hits_OnEitherWay_AreCounted()
    {
        await using var rig = await Rig.StartAsync(Kept);
        Assert.EndsWith("stored", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        Assert.EndsWith("memory", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        Assert.EndsWith("memory", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        Assert.EndsWith(
            "memory", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "X-Timeout-Ms: 30000"), StringComparison.Ordinal);

        Assert.EndsWith(
            "memory", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "Cache-Control: no-store"), StringComparison.Ordinal);

        var kept = Assert.Single(Of(rig).Dearest(10));
        Assert.Equal(4, kept.Count, 2);
        Assert.Equal((Isl.Validate, Isl.ValidateBody), (kept.Target, Encoding.UTF8.GetString(kept.Body.Span)));
        Assert.InRange(kept.Seconds, 0.0001, 60);
        Assert.Contains("isl_gateway_kept_requests 1", await rig.Gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_SentInGzip_IsKeptPlain()
    {
        await using var rig = await Rig.StartAsync(Kept);

        using (var sent = Isl.Post(Isl.Validate, Packed.Gzip(Isl.ValidateBody), "Content-Encoding: gzip"))
            (await rig.Client.SendAsync(sent, TestContext.Current.CancellationToken)).Dispose();

        Assert.Equal(Isl.ValidateBody, Encoding.UTF8.GetString(Assert.Single(Of(rig).Dearest(10)).Body.Span));
    }

    /// <summary>A hit of what another gateway, or warming, has stored is kept too.</summary>
    [Fact]
    public async Task Hit_OfWhatNoCallerAsked_IsKeptFromThen()
    {
        await using var rig = await Rig.StartAsync(Kept, "Warming:CallsPerMinute=1000");
        await rig.Gateway.WarmAsync(WarmingList.Of(1, 2));
        Assert.Equal(0, Of(rig).Count);

        Assert.EndsWith("memory", await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(1)), StringComparison.Ordinal);

        Assert.Equal(WarmingList.Body(1), Encoding.UTF8.GetString(Assert.Single(Of(rig).Dearest(10)).Body.Span));
    }

    [Theory]
    [InlineData("""{"dag":{"nodes":["A"],"edges":[]},"dag":{}}""")]
    [InlineData("""{"nothing":"of the kind"}""")]
    public async Task Request_WhoseAnswerIsNotStored_IsNotKept(string body)
    {
        await using var rig = await Rig.StartAsync(Kept);

        Assert.DoesNotContain("stored", await rig.StatusOfAsync(Isl.Validate, body), StringComparison.Ordinal);
        await rig.StatusOfAsync(Isl.Teach, "{}");

        Assert.Equal(0, Of(rig).Count);
    }

    [Fact]
    public async Task Purge_OfTheEndpoint_ForgetsThem()
    {
        await using var rig = await Rig.StartAsync(Kept);
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);
        await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody);

        using var purged = await rig.Gateway.ManagementClient.DeleteAsync(
            "/api/cache?endpoint=CausalValidate", TestContext.Current.CancellationToken);

        Assert.Equal(Isl.Counterfactual, Assert.Single(Of(rig).Dearest(10)).Target);
    }

    [Fact]
    public async Task Answer_OfAKeptRequest_IsFoundUnderItsEpoch()
    {
        await using var rig = await Rig.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["good"] }, Kept);
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: good");
        var kept = Assert.Single(Of(rig).Dearest(10));
        var answers = rig.Gateway.Services.GetRequiredService<KeptAnswers>();
        var epoch = Assert.Single(rig.Gateway.Services.GetRequiredService<ReplicaRegistry>().LookupDigests());

        Assert.Equal(epoch, kept.Epoch);
        Assert.NotNull(await answers.FindAsync(kept, epoch, TestContext.Current.CancellationToken));
        Assert.Null(await answers.FindAsync(kept, default, TestContext.Current.CancellationToken));
        Assert.Null(await answers.FindAsync(kept with { Owner = default }, epoch, TestContext.Current.CancellationToken));
    }

    private static KeptRequests Of(Rig rig) => rig.Gateway.Services.GetRequiredService<KeptRequests>();
}
