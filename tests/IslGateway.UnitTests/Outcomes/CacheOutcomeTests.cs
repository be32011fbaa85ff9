using System.Text.RegularExpressions;
using IslGateway.Outcomes;

namespace IslGateway.UnitTests.Outcomes;

public sealed partial class CacheOutcomeTests
{
    [Theory]
    [InlineData("Hit", "Memory", 3000L, null, "IslGateway; hit; ttl=3000; detail=memory")]
    [InlineData("Hit", "Redis", 0L, null, "IslGateway; hit; ttl=0; detail=redis")]
    [InlineData("Hit", "Memory", 31_536_000_000L, null, "IslGateway; hit; ttl=31536000000; detail=memory")]
    [InlineData("Hit", "Stale", -1L, null, "IslGateway; hit; ttl=-1; detail=stale")]
    [InlineData("Stale", "Stale", -12L, 503, "IslGateway; fwd=stale; fwd-status=503; ttl=-12; detail=stale")]
    [InlineData("Stale", "Stale", -12L, null, "IslGateway; fwd=stale; ttl=-12; detail=stale")]
    [InlineData("Stored", "None", null, null, "IslGateway; fwd=miss; stored")]
    [InlineData("Collapsed", "None", null, null, "IslGateway; fwd=miss; collapsed")]
    [InlineData("Collapsed", "None", null, 500, "IslGateway; fwd=miss; fwd-status=500; collapsed")]
    [InlineData("Miss", "NoFingerprint", null, null, "IslGateway; fwd=miss; detail=no-fingerprint")]
    [InlineData("Miss", "StatusNotOk", null, 422, "IslGateway; fwd=miss; fwd-status=422; detail=status-not-ok")]
    [InlineData("Miss", "AnswerForbids", null, 200, "IslGateway; fwd=miss; detail=answer-forbids")]
    [InlineData("Refreshed", "None", null, null, "IslGateway; fwd=request; stored")]
    [InlineData("Bypass", "CrossOrigin", null, null, "IslGateway; fwd=bypass; detail=cross-origin")]
    [InlineData("Bypass", "EndpointNotCached", null, 404, "IslGateway; fwd=bypass; fwd-status=404; detail=endpoint-not-cached")]
    [InlineData("Answered", "BodyTooLarge", null, null, "IslGateway; detail=body-too-large")]
    [InlineData("Answered", "Overloaded", null, null, "IslGateway; detail=overloaded")]
    public void ToString_EveryForm_IsRfc9211(string disposition, string reason, long? ttl, int? status, string expected) =>
        Assert.Equal(expected, Outcome(disposition, reason, ttl, status).ToString());

    [Fact]
    public void ToString_AnyCombination_IsAListOfTokensAndIntegers()
    {
        foreach (var disposition in Enum.GetValues<CacheDisposition>())
        {
            foreach (var reason in Enum.GetValues<Reason>())
            {
                var outcome = new CacheOutcome(disposition, reason, Ttl: 1, ForwardStatus: 500);
                Assert.Matches(StructuredField(), outcome.ToString());
            }
        }
    }

    [Theory]
    [InlineData("Hit", "Memory", "memory")]
    [InlineData("Hit", "Redis", "redis")]
    [InlineData("Stored", "None", "stored")]
    [InlineData("Refreshed", "None", "stored")]
    [InlineData("Collapsed", "None", "collapsed")]
    [InlineData("Miss", "ForeignEpoch", "foreign-epoch")]
    [InlineData("Bypass", "CacheOff", "cache-off")]
    [InlineData("Answered", "MalformedRequest", "malformed-request")]
    public void Label_EveryDisposition_IsOneWord(string disposition, string reason, string expected) =>
        Assert.Equal(expected, Outcome(disposition, reason).Label);

    [Fact]
    public void Label_AnyCombination_IsOfAClosedList()
    {
        string[] closed = [.. ReasonWords.All, "stored", "collapsed"];
        var labels =
            from disposition in Enum.GetValues<CacheDisposition>()
            from reason in Enum.GetValues<Reason>()
            from status in (int?[])[null, 200, 299, 503]
            select new CacheOutcome(disposition, reason, Ttl: 77, ForwardStatus: status).Label;
        Assert.Empty(labels.Except(closed));
    }

    [Fact]
    public void IsHit_WhatTheCacheServes_StaleToo() =>
        Assert.Equal(
            [CacheDisposition.Hit, CacheDisposition.Stale],
            Enum.GetValues<CacheDisposition>().Where(disposition => new CacheOutcome(disposition).IsHit));

    private static CacheOutcome Outcome(string disposition, string reason, long? ttl = null, int? status = null) =>
        new(Enum.Parse<CacheDisposition>(disposition), Enum.Parse<Reason>(reason), ttl, status);

    [GeneratedRegex(
"""^IslGateway(; (hit|stored|collapsed|fwd=(miss|bypass|request|stale)|fwd-status=\d{3}|ttl=-?\d+|detail=[a-z][a-z-]*[a-z]))*$""")]
    private static partial Regex StructuredField();
}
