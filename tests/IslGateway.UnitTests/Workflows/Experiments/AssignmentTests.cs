using System.Globalization;
using System.Text;
using IslGateway.Content;
using IslGateway.UnitTests.Caching.Keys;
using IslGateway.Workflows.Experiments;

namespace IslGateway.UnitTests.Workflows.Experiments;

/// <summary>Which arm a body belongs to: always the same, by shares, and another in another experiment.</summary>
public sealed class AssignmentTests
{
    private const int Bodies = 100_000;

    private static readonly Digest[] Digests = [.. Enumerable.Range(0, Bodies).Select(BodyDigest)];

    public static TheoryData<string, double[]> Experiments => new()
    {
        { "halves", [0.5, 0.5] },
        { "a", [0.1, 0.2, 0.7] },
        { "samples-2026", [0.05, 0.95] },
        { "eight", [0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125] },
        { "all", [1] },
        { "resting", [0, 0.25, 0, 0.75] },
    };

    [Theory]
    [MemberData(nameof(Experiments))]
    public void Arms_OverAHundredThousandBodies_AreWithinOnePercentOfTheirShares(string name, double[] shares)
    {
        var counts = new int[shares.Length];
        foreach (var digest in Digests) counts[Assignment.Of(name, digest, shares)]++;
        for (var arm = 0; arm < shares.Length; arm++)
        {
            Assert.InRange(counts[arm] / (double)Bodies, shares[arm] - 0.01, shares[arm] + 0.01);
            if (shares[arm] == 0) Assert.Equal(0, counts[arm]);
        }
    }

    /// <summary>What is written here was computed by another gateway: a change would move bodies from arm to arm.</summary>
    [Theory]
    [InlineData("halves", "1100010011")]
    [InlineData("other", "1010101100")]
    public void Arm_OfABody_IsTheSameAfterARestart(string name, string arms) =>
        Assert.Equal(
            arms, string.Concat(Digests.Take(arms.Length).Select(digest => Assignment.Of(name, digest, [0.5, 0.5]))));

    [Fact]
    public void Arm_OfABody_DependsOnNothingButNameBodyAndShares()
    {
        foreach (var digest in Digests.Take(1_000))
            Assert.Equal(Assignment.Of("x", digest, [0.3, 0.7]), Assignment.Of(new string('x', 1), digest, [0.3, 0.7]));
    }

    [Fact]
    public void Arms_OfTwoExperiments_AreIndependent()
    {
        double[] halves = [0.5, 0.5];
        var both = Digests.Count(digest => Assignment.Of("one", digest, halves) == 0 && Assignment.Of("two", digest, halves) == 0);
        Assert.InRange(both / (double)Bodies, 0.24, 0.26);
    }

    [Fact]
    public void Arm_OfTheSameQuestionSpeltOtherwise_IsTheSame()
    {
        Assert.True(CanonicalDigest.TryMake("""{"a":1,"b":"x"}"""u8, sortKeys: true, null, out var one));
        Assert.True(CanonicalDigest.TryMake("""{ "b":"\u0078", "a":1 }"""u8, sortKeys: true, null, out var other));
        Assert.Equal(Assignment.Of("n", one, [0.5, 0.5]), Assignment.Of("n", other, [0.5, 0.5]));
    }

    private static Digest BodyDigest(int number)
    {
        var body = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$$"""{"model":{"price":{{{number}}}}}"""));
        Assert.True(CanonicalDigest.TryMake(body, sortKeys: false, null, out var digest));
        return digest;
    }
}
