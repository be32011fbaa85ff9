using System.Text;
using IslGateway.UnitTests.Documentation;
using IslGateway.Workflows.Compare;

namespace IslGateway.UnitTests.Workflows.Compare;

public sealed class DifferenceFinderTests
{
    [Theory]
    [InlineData("""{"a":1,"b":"x"}""", """ { "b" : "\u0078", "a" : 1.0 } """)]
    [InlineData("""[1e2,true,null,"é"]""", """[100,true,null,"\u00e9"]""")]
    [InlineData("""{"a":1,"a":2}""", """{"a":2}""")]
    [InlineData("""{"_metadata":{"request_id":"a","config_fingerprint":"f","isl_version":"1","x":1}}""",
        """{"_metadata":{"request_id":"b","config_fingerprint":"g","isl_version":"2","x":1}}""")]
    [InlineData("""{"_metadata":{"config_fingerprint":"f"}}""", """{"_metadata":{}}""")]
    public void Answers_ThatSayTheSame_AreEqual(string then, string now)
    {
        var found = Find(then, now);

        Assert.True(found.IsNone);
        Assert.False(found.Exceed(0));
        Assert.Null(found.LargestChange);
    }

    [Theory]
    [InlineData("""{"a":{"b":1}}""", """{"a":{"b":2}}""", "/a/b", "Number", 0.5)]
    [InlineData("""{"a":["x","y"]}""", """{"a":["x","z"]}""", "/a/1", "Value", null)]
    [InlineData("""{"a":true}""", """{"a":false}""", "/a", "Value", null)]
    [InlineData("""{"a":1}""", """{"a":"1"}""", "/a", "Type", null)]
    [InlineData("""{"a":null}""", """{"a":0}""", "/a", "Type", null)]
    [InlineData("""{"a":1,"b":2}""", """{"a":1}""", "/b", "Missing", null)]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", "/b", "Extra", null)]
    [InlineData("""{"a":null}""", "{}", "/a", "Missing", null)]
    [InlineData("""{"a":[1,2]}""", """{"a":[1,2,3]}""", "/a", "Length", null)]
    [InlineData("""{"a/b":{"~":1}}""", """{"a/b":{"~":2}}""", "/a~1b/~0", "Number", 0.5)]
    [InlineData("1", "2", "", "Number", 0.5)]
    [InlineData("[]", "{}", "", "Type", null)]
    public void Answers_ThatDiffer_AreToldBy(string then, string now, string place, string kind, double? change)
    {
        var difference = Assert.Single(Find(then, now).Found);

        Assert.Equal((place, kind, change), (difference.Pointer, difference.Kind.ToString(), difference.Change));
    }

    [Fact]
    public void Lists_OfManyDifferences_AreOnePlaceWithTheLargestChange()
    {
        var found = Find("""{"r":[{"v":1},{"v":10},{"v":3}]}""", """{"r":[{"v":2},{"v":10},{"v":3.3}]}""");

        Assert.Equal(new AnswerDifference("/r/*/v", "/r/*/v", DifferenceKind.Number, 2, 0.5), Assert.Single(found.Found));
        Assert.True(found.OnlyNumbers);
        Assert.Equal(0.5, found.LargestChange);
    }

    [Fact]
    public void Tolerance_OfNumbers_HoldsForNothingElse()
    {
        Assert.False(Find("""{"a":100,"b":200}""", """{"a":101,"b":201}""").Exceed(0.01));
        Assert.True(Find("""{"a":100,"b":200}""", """{"a":102,"b":201}""").Exceed(0.01));
        Assert.True(Find("""{"a":100,"b":"x"}""", """{"a":101,"b":"y"}""").Exceed(2));
        Assert.True(Find("""{"a":1e400}""", """{"a":1e401}""").Exceed(2));
    }

    [Fact]
    public void Configuration_OfTheIsl_IsToldApart()
    {
        var found = Find(
            """{"v":1,"_metadata":{"config_details":{"monte_carlo_samples":10000,"redis_enabled":true}}}""",
            """{"v":1,"_metadata":{"config_details":{"monte_carlo_samples":5000,"redis_enabled":true,"new":1}}}""");

        Assert.True(found.IsNone);
        Assert.Equal(["/_metadata/config_details/monte_carlo_samples", "/_metadata/config_details/new"], found.Configuration);
    }

    [Fact]
    public void VolatileFields_OfTheRow_AreLeftOut()
    {
        var row = ShippedEndpoints.Rows.Single(row => row.Name == "BatchValidate");
        var places = ComparedPlaces.Of(row);

        var found = DifferenceFinder.Find(
            """{"summary":{"duration_ms":1,"avg_duration_ms":1,"total":1}}"""u8.ToArray(),
            """{"summary":{"duration_ms":2,"total":2}}"""u8.ToArray(), places)!;

        Assert.Equal("/summary/total", Assert.Single(found.Found).Pointer);
    }

    [Fact]
    public void Answers_OfAnySize_AreToldInABoundedList()
    {
        var then = $"{{{string.Join(',', Enumerable.Range(0, 1_000).Select(n => $"\"m{n}\":1"))}}}";
        var now = $"{{{string.Join(',', Enumerable.Range(0, 1_000).Select(n => $"\"m{n}\":{(n == 999 ? "4" : "2")}"))}}}";

        var found = Find(then, now);

        Assert.Equal((DifferenceFinder.MaxListed, 900), (found.Found.Count, found.More));
        Assert.Equal(0.75, found.LargestChange);
    }

    [Fact]
    public void Pointer_OfALongOrOddName_IsShortAndOnOneLine()
    {
        var name = "line\\nbreak" + new string('x', 5_000);

        var pointer = Assert.Single(Find($$"""{"{{name}}":1}""", $$"""{"{{name}}":2}""").Found).Pointer;

        Assert.StartsWith("/line?breakxxx", pointer, StringComparison.Ordinal);
        Assert.Equal(201, pointer.Length);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("NaN")]
    [InlineData("""{"\ud800":1}""")]
    public void Answer_ThatIsNoJson_CannotBeCompared(string now) =>
        Assert.Null(DifferenceFinder.Find("{\"a\":1}"u8.ToArray(), Encoding.UTF8.GetBytes(now), Places()));

    private static AnswerDifferences Find(string then, string now)
    {
        var found = DifferenceFinder.Find(Encoding.UTF8.GetBytes(then), Encoding.UTF8.GetBytes(now), Places());
        Assert.NotNull(found);
        return found;
    }

    private static ComparedPlaces Places() => ComparedPlaces.Of(ShippedEndpoints.Rows.Single(row => row.Name == "CausalValidate"));
}
