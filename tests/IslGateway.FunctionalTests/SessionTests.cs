using System.Globalization;
using System.Text.RegularExpressions;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>Answers that depend on what ISL knows of a user: kept only until that user's beliefs may have changed.</summary>
public sealed class SessionTests
{
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Hit = "detail=memory";
    private const string Single = "Cache:SingleInstance=true";

    [Fact]
    public async Task Elicit_Twice_IsAHitForFiveMinutesAtMost()
    {
        await using var rig = await Rig.StartAsync(Single, "Cache:Jitter=0");

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Question("alice")));
        var status = await rig.StatusOfAsync(Isl.Elicit, Question("alice"));

        Assert.EndsWith(Hit, status, StringComparison.Ordinal);
        Assert.InRange(int.Parse(Regex.Match(status, "ttl=([0-9]+)").Groups[1].ValueSpan, CultureInfo.InvariantCulture), 280, 300);
        Assert.Equal(1, rig.Sim.Calls(Isl.Elicit));
    }

    [Theory]
    [InlineData("\"alice\"")]
    [InlineData("\"\\u0061lice\"")]
    public async Task Elicit_AfterAnUpdateOfTheUser_IsAskedAnew(string user)
    {
        await using var rig = await Rig.StartAsync(Single);
        using var before = await rig.PostAsync(Isl.Elicit, Question("alice"), "X-Request-Id: same");

        Assert.Equal("IslGateway; fwd=bypass; detail=endpoint-not-cached", await rig.StatusOfAsync(Isl.Update, Response(user)));
        using var after = await rig.PostAsync(Isl.Elicit, Question("alice"), "X-Request-Id: same");

        Assert.Equal([Stored, Stored], [before.CacheStatus(), after.CacheStatus()]);
        Assert.NotEqual(await before.TextAsync(), await after.TextAsync());
        Assert.EndsWith(Hit, await rig.StatusOfAsync(Isl.Elicit, Question("alice")), StringComparison.Ordinal);
        Assert.Equal((2, 1), (rig.Sim.Calls(Isl.Elicit), rig.Sim.Calls(Isl.Update)));
    }

    [Fact]
    public async Task Elicit_UserSpeltWithEscapes_SharesTheEntryAndItsUpdates()
    {
        await using var rig = await Rig.StartAsync(Single);
        var escaped = Question("alice").Replace("alice", "\\u0061lice", StringComparison.Ordinal);

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Question("alice")));
        Assert.EndsWith(Hit, await rig.StatusOfAsync(Isl.Elicit, escaped), StringComparison.Ordinal);
        await rig.StatusOfAsync(Isl.Update, Response("\"alice\""));
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, escaped));
    }

    [Fact]
    public async Task Elicit_AfterAnUpdateOfAnotherUser_IsStillAHit()
    {
        await using var rig = await Rig.StartAsync(Single);
        foreach (var user in (string[])["alice", "bob"]) Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Question(user)));

        await rig.StatusOfAsync(Isl.Update, Response("\"bob\""));

        Assert.EndsWith(Hit, await rig.StatusOfAsync(Isl.Elicit, Question("alice")), StringComparison.Ordinal);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Question("bob")));
    }

    [Theory]
    [InlineData("""{"user_id":42,"query_id":"q","response":"a"}""")]
    [InlineData("""{"query_id":"q","response":"a"}""")]
    [InlineData("no JSON")]
    public async Task Elicit_AfterAnUpdateOfNobodyKnowsWhom_IsAskedAnew(string update)
    {
        await using var rig = await Rig.StartAsync(Single);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Question("alice")));

        await rig.StatusOfAsync(Isl.Update, update);

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Question("alice")));
    }

    [Theory]
    [InlineData("""{"user_id":"bob","user_id":"alice","query_id":"q","response":"a"}""")]
    [InlineData("""{"user_id":"alice","user_id":"bob","query_id":"q","response":"a"}""")]
    public async Task Elicit_AfterAnUpdateThatNamesTheUserAmongOthers_IsAskedAnew(string update)
    {
        await using var rig = await Rig.StartAsync(Single);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Question("alice")));

        await rig.StatusOfAsync(Isl.Update, update);

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Question("alice")));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(422)]
    public async Task Elicit_AfterAnUpdateThatFailed_IsAskedAnewAndTheUpdateIsNotRepeated(int status)
    {
        await using var rig = await Rig.StartAsync(Single);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Question("alice")));
        rig.Sim.Fail(status, path: Isl.Update);

        await rig.StatusOfAsync(Isl.Update, Response("\"alice\""));

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Question("alice")));
        Assert.Equal(1, rig.Sim.Calls(Isl.Update));
    }

    [Fact]
    public async Task Elicit_WhileAnUpdateIsUnderWay_IsNotFoundAfterIt()
    {
        await using var rig = await Rig.StartAsync(Single);
        rig.Sim.Hang(Isl.Update);
        var update = rig.StatusOfAsync(Isl.Update, Response("\"alice\""));
        await rig.CallsReachAsync(Isl.Update, 1);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Question("alice")));

        rig.Sim.ReleaseHang();
        await update;

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Question("alice")));
    }

    [Fact]
    public async Task Elicit_OvertakenByAnUpdate_IsNotStored()
    {
        await using var rig = await Rig.StartAsync(Single);
        rig.Sim.Hang(Isl.Elicit);
        var overtaken = rig.StatusOfAsync(Isl.Elicit, Question("alice"));
        await rig.CallsReachAsync(Isl.Elicit, 1);
        await rig.StatusOfAsync(Isl.Update, Response("\"alice\""));

        // Whoever asks after the update must not be given the answer that was begun before it.
        var fresh = rig.StatusOfAsync(Isl.Elicit, Question("alice"));
        await rig.CallsReachAsync(Isl.Elicit, 2);
        rig.Sim.ReleaseHang();

        Assert.Equal("IslGateway; fwd=miss; detail=beliefs-changed", await overtaken);
        Assert.Equal(Stored, await fresh);
    }

    [Fact]
    public async Task Elicit_InProductionWithoutSingleInstance_IsForwarded()
    {
        await using var rig = await Rig.StartAsync();

        for (var i = 0; i < 2; i++)
            Assert.Equal("IslGateway; fwd=bypass; detail=session-unsafe", await rig.StatusOfAsync(Isl.Elicit, Question("alice")));

        Assert.Equal((2, 0), (rig.Sim.Calls(Isl.Elicit), rig.Memory.Entries));
    }

    [Theory]
    [InlineData("""{"context":{},"num_queries":2}""")]
    [InlineData("""{"user_id":7,"context":{}}""")]
    public async Task Elicit_NoUser_IsForwarded(string body)
    {
        await using var rig = await Rig.StartAsync(Single);

        Assert.EndsWith("detail=session-unsafe", await rig.StatusOfAsync(Isl.Elicit, body), StringComparison.Ordinal);
        Assert.Equal(0, rig.Memory.Entries);
    }

    private static string Question(string user) => $$$"""{"user_id":"{{{user}}}","context":{"domain":"pricing"},"num_queries":2}""";

    private static string Response(string userJson) => $$"""{"user_id":{{userJson}},"query_id":"q1","response":"a"}""";
}
