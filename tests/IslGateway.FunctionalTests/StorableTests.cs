using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>Which answers may be stored, for how long, and what callers may ask of the cache.</summary>
public sealed class StorableTests
{
    private const string Dominance = "/api/v1/analysis/dominance";
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Hit = "detail=memory";

    [Theory]
    [InlineData("Set-Cookie", "session=1")]
    [InlineData("Cache-Control", "no-store")]
    [InlineData("Cache-Control", "private")]
    [InlineData("Cache-Control", "no-cache")]
    [InlineData("Cache-Control", "max-age=0")]
    [InlineData("Cache-Control", "s-maxage=0, max-age=60")]
    [InlineData("Cache-Control", "max-age=60, PRIVATE")]
    [InlineData("Vary", "Origin")]
    [InlineData("Vary", "*")]
    [InlineData("Vary", "Accept-Encoding, Accept-Language")]
    [InlineData("Content-Range", "bytes 0-1/2")]
    public async Task Answer_ForbidsStoring_IsPassedOnAndNotStored(string name, string value)
    {
        await using var rig = await Rig.StartAsync();
        Answer(rig, name, value);

        for (var i = 0; i < 2; i++)
        {
            using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody);
            Assert.Equal((HttpStatusCode.OK, "IslGateway; fwd=miss; detail=answer-forbids"), (response.StatusCode, response.CacheStatus()));
        }

        Assert.Equal((2, 0), (rig.Sim.Calls(Isl.Validate), rig.Memory.Entries));
    }

    [Theory]
    [InlineData("Vary", "Accept-Encoding")]
    [InlineData("Cache-Control", "max-age=999999999")]
    [InlineData("Cache-Control", "public")]
    public async Task Answer_AllowsStoring_IsStoredForTheRowsOwnTime(string name, string value)
    {
        await using var rig = await Rig.StartAsync("Cache:Jitter=0");
        Answer(rig, name, value);

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.InRange(TtlOf(await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody)), 3500, 3600);
    }

    [Theory]
    [InlineData("max-age=10")]
    [InlineData("s-maxage=10, max-age=600")]
    public async Task Answer_LimitsItsAge_IsFreshForThatLong(string value)
    {
        await using var rig = await Rig.StartAsync();
        Answer(rig, "Cache-Control", value);

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.InRange(TtlOf(await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody)), 0, 10);
    }

    [Fact]
    public async Task Entry_NoLongerFresh_IsAskedAnew()
    {
        await using var rig = await Rig.StartAsync(
            "Endpoints:CausalValidate:Ttl=300ms", "Endpoints:CausalValidate:StaleTtl=1h", "Cache:Jitter=0");
        await rig.BecomesAsync(Hit, Isl.Validate, Isl.ValidateBody);
        var calls = rig.Sim.Calls(Isl.Validate);

        await Eventually.TrueAsync(
            async () => !(await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody)).EndsWith(Hit, StringComparison.Ordinal),
            TimeSpan.FromSeconds(60), "the entry is no longer fresh");

        Assert.Equal(calls + 1, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Answer_Degraded_IsNotStored()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Degraded = true;

        for (var i = 0; i < 2; i++)
            Assert.Equal("IslGateway; fwd=miss; detail=never-store", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));

        rig.Sim.Degraded = false;
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
    }

    [Fact]
    public async Task RequestId_StandsElsewhereInTheAnswer_IsNotStored()
    {
        await using var rig = await Rig.StartAsync();

        using var first = await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: identifiable");

        Assert.Equal((HttpStatusCode.OK, "IslGateway; fwd=miss; detail=echoed-elsewhere"), (first.StatusCode, first.CacheStatus()));
        Assert.Equal(0, rig.Memory.Entries);
        using var second = await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: other");
        Assert.Equal(Stored, second.CacheStatus());
        Assert.Contains("\"status\":\"identifiable\"", await second.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestId_StandsElsewhere_WaitersAskForThemselves()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Hang(Isl.Validate);
        var leading = rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: identifiable");
        await rig.CallsReachAsync(Isl.Validate, 1);
        var waiting = rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: waiter");
        await rig.HoldsAsync(2);
        rig.Sim.ReleaseHang();

        using var first = await leading;
        using var second = await waiting;

        Assert.Equal("IslGateway; fwd=miss; detail=echoed-elsewhere", first.CacheStatus());
        Assert.Equal("IslGateway; fwd=bypass; detail=echoed-elsewhere", second.CacheStatus());
        Assert.Equal(await rig.AskIslAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: waiter"), await second.TextAsync());
    }

    [Fact]
    public async Task RequestId_SaidByTheBodyToo_IsNotStored()
    {
        await using var rig = await Rig.StartAsync();
        const string Body = """{"request_id":"mine","options":[]}""";

        Assert.Equal("IslGateway; fwd=miss; detail=echoed-elsewhere", await rig.StatusOfAsync(Dominance, Body, "X-Request-Id: mine"));
        Assert.Equal(0, rig.Memory.Entries);
    }

    [Fact]
    public async Task RequestId_OfTheBody_StaysInTheStoredAnswer()
    {
        await using var rig = await Rig.StartAsync();
        const string Body = """{"request_id":"mine","options":[]}""";

        using var first = await rig.PostAsync(Dominance, Body, "X-Request-Id: one");
        using var second = await rig.PostAsync(Dominance, Body, "X-Request-Id: two");

        Assert.Equal(Stored, first.CacheStatus());
        Assert.EndsWith(Hit, second.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal("two", second.RequestId());
        Assert.Equal(await first.TextAsync(), await second.TextAsync());
        using var body = JsonDocument.Parse(await second.TextAsync());
        Assert.Equal("mine", body.RootElement.GetProperty("metadata").GetProperty("request_id").GetString());
    }

    [Fact]
    public async Task NoCache_FillsAnewAndStores()
    {
        await using var rig = await Rig.StartAsync();

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "Cache-Control: no-cache"));
        Assert.Equal("IslGateway; fwd=request; stored", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "Cache-Control: no-cache"));
        Assert.EndsWith(Hit, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);

        Assert.Equal((2, 1), (rig.Sim.Calls(Isl.Validate), rig.Memory.Entries));
    }

    [Fact]
    public async Task NoStore_IsAnsweredAndNotStored()
    {
        await using var rig = await Rig.StartAsync();

        Assert.Equal(
            "IslGateway; fwd=miss; detail=no-store-requested",
            await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "Cache-Control: no-store"));

        Assert.Equal(0, rig.Memory.Entries);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
    }

    [Fact]
    public async Task OnlyIfCached_IsAHitOr504()
    {
        await using var rig = await Rig.StartAsync();
        using var nothing = await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "Cache-Control: only-if-cached");

        Assert.Equal((HttpStatusCode.GatewayTimeout, "IslGateway; detail=only-if-cached"), (nothing.StatusCode, nothing.CacheStatus()));
        Assert.Contains("\"gateway_only_if_cached\"", await nothing.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, rig.Sim.Calls(Isl.Validate));
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.EndsWith(
            Hit, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "Cache-Control: only-if-cached"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MaxAge_Zero_AlwaysGoesToIsl()
    {
        await using var rig = await Rig.StartAsync();
        const int Times = 30;

        for (var i = 0; i < Times; i++)
        {
            var expected = i == 0 ? Stored : "IslGateway; fwd=request; stored";
            Assert.Equal(expected, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "Cache-Control: max-age=0"));
        }

        Assert.Equal(Times, rig.Sim.Calls(Isl.Validate));
        Assert.EndsWith(
            Hit, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "Cache-Control: max-age=600"), StringComparison.Ordinal);
    }

    private static void Answer(Rig rig, string name, string value) =>
        rig.Sim.Update(knobs => knobs with { ResponseHeaders = new Dictionary<string, string> { [name] = value } });

    private static int TtlOf(string cacheStatus)
    {
        Assert.EndsWith(Hit, cacheStatus, StringComparison.Ordinal);
        return int.Parse(Regex.Match(cacheStatus, "ttl=([0-9]+)").Groups[1].ValueSpan, CultureInfo.InvariantCulture);
    }
}
