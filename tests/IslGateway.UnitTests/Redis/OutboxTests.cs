using IslGateway.Redis;

namespace IslGateway.UnitTests.Redis;

public sealed class OutboxTests
{
    private readonly Outbox<string, bool> _outbox = new();

    [Fact]
    public void Acknowledge_EverythingUpToAVersion_Goes()
    {
        var first = _outbox.Add(["a"], _ => true);
        var second = _outbox.Add(["b"], _ => true);

        _outbox.Acknowledge(first);

        Assert.True(_outbox.IsAcknowledged(first));
        Assert.False(_outbox.IsAcknowledged(second));
        Assert.Equal(["b"], _outbox.Pending.Select(one => one.Key));
    }

    [Fact]
    public void Acknowledge_AddedAgainMeanwhile_Stays()
    {
        var sent = _outbox.Add(["a"], _ => true);
        _outbox.Add(["a"], _ => true);

        _outbox.Acknowledge(sent);

        Assert.True(_outbox.Contains("a"));
    }

    [Fact]
    public void Add_WhatWaits_IsGivenToTheChange()
    {
        _outbox.Add(["a"], _ => true);
        _outbox.Add(["a", "b"], before => before);

        Assert.Equal([("a", true), ("b", false)], _outbox.Pending.Select(one => (one.Key, one.Change)).Order());
    }

    [Theory]
    [InlineData(2, new[] { "a", "b" })]
    [InlineData(1, new[] { "all" })]
    public void Collapse_MoreThanTheLimit_OneStandsForAll(int limit, string[] left)
    {
        var version = _outbox.Add(["a", "b"], _ => true);

        _outbox.Collapse(limit, "all", all => all.Any(one => one));

        Assert.Equal(left, _outbox.Pending.Select(one => one.Key).Order());
        Assert.All(_outbox.Pending, one => Assert.True(one.Change));
        Assert.False(_outbox.IsAcknowledged(version));
    }
}
