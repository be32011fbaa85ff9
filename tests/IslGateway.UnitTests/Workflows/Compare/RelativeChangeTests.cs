using IslGateway.Workflows.Compare;

namespace IslGateway.UnitTests.Workflows.Compare;

public sealed class RelativeChangeTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("0", "-0")]
    [InlineData("-0.0", "0")]
    [InlineData("5", "5.0")]
    [InlineData("5e0", "5.0")]
    [InlineData("1e2", "100")]
    [InlineData("0.1", "1e-1")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("9007199254740993.0", "9007199254740992")]
    [InlineData("1e400", "1e400")]
    public void Numbers_OfTheSameWorth_AreEqual(string left, string right)
    {
        Assert.Equal(0, RelativeChange.Of(left, right));
        Assert.Equal(0, RelativeChange.Of(right, left));
    }

    [Theory]
    [InlineData("1", "2", 0.5)]
    [InlineData("100.0", "101.0", 1 / 101.0)]
    [InlineData("100", "101.0", 1 / 101.0)]
    [InlineData("0", "1e-300", 1)]
    [InlineData("1", "-1", 2)]
    [InlineData("1e308", "-1e308", 2)]
    [InlineData("1.5", "-0.75", 1.5)]
    [InlineData("1.0", "1.0000000000000002", 2.220446049250313E-16)]
    [InlineData("9007199254740992", "9007199254740993", 1.1102230246251565E-16)]
    [InlineData("9007199254740992.0", "9007199254740993", 1.1102230246251565E-16)]
    [InlineData("5e-324", "1e-323", 0.5)]
    public void Numbers_OfAnother_DifferByTheirShareOfTheLarger(string left, string right, double change)
    {
        Assert.Equal(change, RelativeChange.Of(left, right)!.Value, 1e-12 * change);
        Assert.Equal(change, RelativeChange.Of(right, left)!.Value, 1e-12 * change);
    }

    [Fact]
    public void Integers_BeyondEveryDouble_DifferByMoreThanNothing()
    {
        var large = new string('9', 900);

        Assert.InRange(RelativeChange.Of(large, large[..^1] + "8")!.Value, double.Epsilon, 1e-300);
        Assert.Equal(0.9, RelativeChange.Of(large, large[..^1])!.Value, 1e-9);
    }

    [Theory]
    [InlineData("1e400", "1e401")]
    [InlineData("1e400", "1")]
    public void Numbers_BeyondDoubles_CannotBeMeasured(string left, string right) => Assert.Null(RelativeChange.Of(left, right));

    /// <summary>To read it would take as long as its answer's sender wishes.</summary>
    [Fact]
    public void Number_ThatIsVeryLong_IsEqualToItselfOnly()
    {
        var large = new string('9', 1_000_000);

        Assert.Equal(0, RelativeChange.Of(large, large));
        Assert.Null(RelativeChange.Of(large, "1"));
    }
}
