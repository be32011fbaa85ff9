using IslGateway.Caching.Epochs;

namespace IslGateway.UnitTests.Caching.Epochs;

public sealed class EpochTests
{
    private static readonly string?[] Parts = [null, "", "a", "b", "aa", "a\0", "\0", "é", "unknown"];

    [Fact]
    public void DigestWith_AnyTwoEpochsAndGenerations_Differ()
    {
        var digests =
            from fingerprint in Parts
            from version in Parts
            from build in Parts
            from generation in Parts
            where generation is not null
            select new Epoch(fingerprint, version, build).DigestWith(generation);

        var all = digests.ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
    }

    [Fact]
    public void DigestWith_SameParts_IsTheSame() =>
        Assert.Equal(new Epoch("f", null, "b").DigestWith("g"), new Epoch("f", null, "b").DigestWith("g"));

    [Theory]
    [InlineData("abc1234", true)]
    [InlineData("sim-0001", true)]
    [InlineData("unknown", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void HasKnownBuild_Build_SaysWhichCodeRuns(string? build, bool expected) =>
        Assert.Equal(expected, new Epoch("f", "1", build).HasKnownBuild);
}
