using System.Text;
using CsCheck;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.UnitTests.Workflows.Batch;
using IslGateway.Workflows.Batch;

namespace IslGateway.UnitTests.Caching.Keys;

/// <summary>The canonical form of a merged body, put together, is the one that is read from the merged text.</summary>
public sealed class CanonicalMergeTests : IDisposable
{
    private readonly LiveSettings _settings = new(
        ("Endpoints:Plain:Path", "/p"), ("Endpoints:Plain:Cache", "Deterministic"),
        ("Endpoints:Ignoring:Path", "/i"), ("Endpoints:Ignoring:Cache", "Deterministic"), ("Endpoints:Ignoring:IgnoreFields", "/b"),
        ("Endpoints:Session:Path", "/s"), ("Endpoints:Session:Cache", "Session"), ("Endpoints:Session:Session:User", "/user"));
    private readonly BodyMemo _memo;

    public CanonicalMergeTests() => _memo = new BodyMemo(_settings.Table);

    [Theory]
    [InlineData("""{"b":1,"a":{"z":1,"y":2}}""", """{"a":{"y":null,"x":3},"aa":4}""")]
    [InlineData("""{"é":1,"z":2,"\ud83d\ude00":3}""", """{"\u00e9":2,"y":1}""")]
    [InlineData("""{"a":[{"b":1}],"n":null,"f":1.50,"i":-0}""", """{"a":{"b":{"c":null}},"f":null}""")]
    [InlineData("{}", """{"a":{"b":null}}""")]
    [InlineData("""{"a":1}""", "{}")]
    public void Write_Example_IsWhatIsReadFromTheText(string target, string patch) => Check(target, patch);

    [Fact]
    public void Write_AnyTwoObjects_IsWhatIsReadFromTheText() =>
        Gen.Select(JsonObjects.OfDepth(3), JsonObjects.OfDepth(3)).Sample(Check);

    [Theory]
    [InlineData("Plain", """{"a":{"b":1,"b":2}}""")]
    [InlineData("Plain", """{"a":1e999}""")]
    [InlineData("Ignoring", "{}")]
    [InlineData("Session", "{}")]
    public void Base_WhoseBodiesHaveToBeRead_HasNone(string row, string shape) =>
        Assert.Null(MergedBodies.Of(Row(row), Encoding.UTF8.GetBytes(shape), _memo, new BufferBudget(1 << 20)));

    [Fact]
    public void Remember_ABody_HasItKnownAndAllGivenBack()
    {
        var budget = new BufferBudget(1 << 20);
        using (var keys = MergedBodies.Of(Row("Plain"), """{"a":1}"""u8, _memo, budget)!)
        {
            keys.Remember("""{"b":2}"""u8, """{"a":1,"b":2}"""u8);
            keys.Remember("""{"b":1,"b":2}"""u8, """{"a":1,"b":2,"b":1}"""u8);
        }

        Assert.Equal((1, 0L), (_memo.Count, budget.InUse));
    }

    [Fact]
    public void Remember_WithoutRoom_LeavesItToBeRead()
    {
        var budget = new BufferBudget(1 << 20);
        using var keys = MergedBodies.Of(Row("Plain"), """{"a":1}"""u8, _memo, budget)!;
        budget.Limit = 1;

        keys.Remember("""{"b":2}"""u8, """{"a":1,"b":2}"""u8);

        Assert.Equal(0, _memo.Count);
    }

    public void Dispose() => _settings.Dispose();

    private static void Check(string target, string patch)
    {
        foreach (var order in Enum.GetValues<KeyOrder>())
        {
            var isSorted = order == KeyOrder.Sorted;
            using var text = new PooledBuffer(new BufferBudget(1 << 20), 1 << 20);
            MergePatch.Write(new MergeBase(Encoding.UTF8.GetBytes(target)), Encoding.UTF8.GetBytes(patch), text);
            using var read = Canonical(text.WrittenSpan, isSorted);
            using var shape = Canonical(Encoding.UTF8.GetBytes(target), isSorted);
            using var change = Canonical(Encoding.UTF8.GetBytes(patch), isSorted);
            using var made = new CanonicalBuffer();
            CanonicalMerge.Write(ObjectOf(shape), ObjectOf(change), isSorted, made);
            Assert.Equal(Convert.ToHexString(read.Written[1..]), Convert.ToHexString(made.Written));
        }
    }

    private static CanonicalBuffer Canonical(ReadOnlySpan<byte> text, bool isSorted)
    {
        var buffer = new CanonicalBuffer();
        Assert.True(CanonicalBody.TryWrite(text, isSorted, ignored: null, buffer));
        return buffer;
    }

    private static CanonicalObject ObjectOf(CanonicalBuffer body) => new(body.WrittenMemory[1..]);

    private EndpointRow Row(string name) => _settings.Table.Rows.Single(row => row.Name == name);
}
