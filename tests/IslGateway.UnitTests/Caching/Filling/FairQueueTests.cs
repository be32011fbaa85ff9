using System.Text;
using CsCheck;
using IslGateway.Caching.Filling;
using IslGateway.Content;

namespace IslGateway.UnitTests.Caching.Filling;

public sealed class FairQueueTests
{
    private readonly FairQueue _queue = new();
    private readonly List<(string Name, FairTicket Ticket)> _waiting = [];

    [Fact]
    public void Release_OneLineIsLong_PartiesTakeTurns()
    {
        _queue.Resize(1, 100);
        Assert.True(_queue.TryTake());
        for (var i = 0; i < 5; i++) Stand($"ann-{i}");
        Stand("bob-0", "cy-0", "bob-1");

        Assert.Equal(["ann-0", "bob-0", "cy-0", "ann-1", "bob-1", "ann-2", "ann-3", "ann-4"], ServeAll());
        Assert.Equal(0, _queue.Waiting);
    }

    [Fact]
    public void Enter_NoRoomLeft_TakesItFromTheNewestOfTheLongestLine()
    {
        _queue.Resize(1, 4);
        _queue.TryTake();
        Stand("ann-0", "ann-1", "ann-2", "bob-0");

        Assert.Null(_queue.Enter(PartyOf("ann"), PartyOf("ann"), _ => false));
        Stand("cy-0");

        Assert.Equal(["ann-2"], Refused());
        Assert.Null(_queue.Enter(PartyOf("bob"), PartyOf("bob"), _ => false));
        Assert.Equal(["ann-0", "bob-0", "cy-0", "ann-1"], ServeAll());
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(2, 0, true)]
    public void Enter_NoRoomAtAll_OnlyFreePlacesAreTaken(int places, int room, bool enters)
    {
        _queue.Resize(places, room);
        Assert.Equal(enters, _queue.Enter(PartyOf("ann"), PartyOf("ann"), _ => false) is { Settled.IsCompletedSuccessfully: true });
    }

    [Theory]
    [InlineData("ann", 5)]
    [InlineData("bob", 4)]
    [InlineData("cy", 0)]
    public void Enter_AskedWhetherItIsHopeless_IsToldWhoIsServedBeforeAtLeast(string party, int ahead)
    {
        _queue.Resize(1, 100);
        _queue.TryTake();
        Stand("ann-0", "ann-1", "ann-2", "bob-0", "bob-1");
        var told = new List<int>();

        Assert.Null(_queue.Enter(PartyOf(party), PartyOf(party), count =>
        {
            told.Add(count);
            return true;
        }));

        Assert.Equal([5, ahead], told);
    }

    /// <summary>
    /// Whatever comes, goes and gives up in whatever order: no place is lost, none is given twice, and nobody is forgotten.
    /// </summary>
    [Fact]
    public void Queue_AnySequenceOfSteps_KeepsItsAccount() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 6], Gen.Select(Gen.Int[0, 4], Gen.Int[0, 3], Gen.Int[0, 9]).Array[0, 60]).Sample(
            (places, room, steps) =>
            {
                var queue = new FairQueue();
                queue.Resize(places, room);
                var tickets = new List<FairTicket>();
                var held = 0;
                foreach (var (step, party, which) in steps)
                {
                    switch (step)
                    {
                        case 0 or 1 when queue.Enter(PartyOf($"p{party}"), PartyOf($"p{party}"), _ => which == 9) is { } ticket:
                            tickets.Add(ticket);
                            break;
                        case 2 when tickets.Count > 0:
                            queue.Leave(tickets[which % tickets.Count]);
                            break;
                        case 3 when held + tickets.Count(t => t.Settled is { IsCompleted: true, Result: true }) > 0:
                            held--;
                            queue.Release();
                            break;
                        case 4:
                            queue.Resize(places = which % 5, room);
                            break;
                    }

                    var waiting = tickets.Count(t => !t.Settled.IsCompleted);
                    var taken = held + tickets.Count(t => t.Settled is { IsCompleted: true, Result: true });
                    Assert.Equal(waiting, queue.Waiting);
                    Assert.True(waiting == 0 || taken >= places, "A place is free and somebody waits.");
                    Assert.True(waiting <= room, "More wait than there is room.");
                }
            },
            iter: 2_000, threads: 1);

    [Fact]
    public void Part_OneOfThoseWhoShareALine_HasItsOwnFromThenOn()
    {
        _queue.Resize(1, 100);
        _queue.TryTake();
        foreach (var name in (string[])["ann-0", "bob-0", "ann-1", "cy-0", "bob-1"])
            _waiting.Add((name, Assert.IsType<FairTicket>(_queue.Enter(PartyOf("shared"), PartyOf(name.Split('-')[0]), _ => false))));

        _queue.Part(PartyOf("shared"), PartyOf("bob"));
        _queue.Part(PartyOf("shared"), PartyOf("nobody"));

        Assert.Equal(5, _queue.Waiting);
        Assert.Equal(["ann-0", "bob-0", "ann-1", "bob-1", "cy-0"], ServeAll());
        _queue.Part(PartyOf("shared"), PartyOf("bob"));
        Assert.Equal(0, _queue.Waiting);
    }

    private void Stand(params string[] names)
    {
        foreach (var name in names)
            _waiting.Add(
                (name, Assert.IsType<FairTicket>(_queue.Enter(PartyOf(name.Split('-')[0]), PartyOf(name.Split('-')[0]), _ => false))));
    }

    private List<string> ServeAll()
    {
        var served = new List<string>();
        while (_waiting.Exists(w => !w.Ticket.Settled.IsCompleted))
        {
            _queue.Release();
            served.Add(
                Assert.Single(_waiting, w => w.Ticket.Settled is { IsCompleted: true, Result: true } && !served.Contains(w.Name)).Name);
        }

        return served;
    }

    private List<string> Refused() =>
        [.. _waiting.Where(w => w.Ticket.Settled is { IsCompleted: true, Result: false }).Select(w => w.Name)];

    private static Digest PartyOf(string name) => Digest.Of(Encoding.UTF8.GetBytes(name));
}
