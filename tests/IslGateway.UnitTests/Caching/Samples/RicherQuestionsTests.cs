using IslGateway.Caching.Samples;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;

namespace IslGateway.UnitTests.Caching.Samples;

/// <summary>The numbers of samples that are looked for besides the one asked for.</summary>
public sealed class RicherQuestionsTests
{
    private static readonly RowSamples Thousand = new(JsonPointer.Parse("/n"), 1000);

    [Fact]
    public void Counts_OfAnyRequest_AreLargerAndTheNearestFirst()
    {
        var random = new Random(20261130);
        for (var round = 0; round < 10_000; round++)
        {
            var samples = new RowSamples(JsonPointer.Parse("/n"), random.Next(2, 100_000));
            var asked = random.Next(1, 250_000);
            var seen = Enumerable.Range(0, random.Next(0, 12)).Select(_ => random.Next(1, 250_000)).ToArray();

            var counts = RicherQuestions.Counts(samples, asked, seen).ToArray();

            Assert.All(counts, count => Assert.True(count > asked, $"{count} for {asked}"));
            Assert.Equal(counts.Order().Distinct(), counts);
            Assert.InRange(counts.Length, 0, RicherQuestions.Most);
            var all = samples.Ladder.Concat(seen).Where(count => count > asked).ToArray();
            if (all.Length > 0) Assert.Equal(all.Min(), counts[0]);
        }
    }

    /// <summary>Half of an odd number is never the smaller half: nobody gets fewer samples than half the baseline.</summary>
    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(1001, 501)]
    public void Half_OfAnOddBaseline_IsRoundedUp(int baseline, int half)
    {
        var samples = Thousand with { Baseline = baseline };
        Assert.Equal(half, samples.Half);
        Assert.Equal(half, new RowSamples(samples.Field, baseline).Ladder[0]);
    }

    [Fact]
    public void Ladder_OfABaseline_HasTheGuidesThreeAndLargerOnes() => Assert.Equal([500, 1000, 2000, 5000, 10_000], Thousand.Ladder);

    [Fact]
    public void Index_OfAQuestion_KnowsTheLatestNumbersWhateverTheirOrderOrSpelling()
    {
        var row = RowWith("/n");
        var (index, budget) = (new SampleIndex(TableOf(row)), new BufferBudget(1 << 20));
        for (var count = 1; count <= 10; count++) index.Learn(row, "/a", Utf8($$"""{"x":1,"n":{{count}}}"""), budget);
        index.Learn(row, "/a", Utf8("""{ "n":3, "x":1 }"""), budget);
        index.Learn(row, "/a", Utf8("""{"x":2,"n":77}"""), budget);
        index.Learn(row, "/a?q", Utf8("""{"x":1,"n":88}"""), budget);
        index.Learn(row, "/a", Utf8("""{"x":1,"n":"99"}"""), budget);
        index.Learn(row, "/a", Utf8("""{"x":1}"""), budget);

        Assert.Equal([3, 10, 9, 8, 7, 6, 5, 4], index.CountsOf(row, "/a", Utf8("""{"x":1,"n":5000}"""), budget));
        Assert.Equal([3, 10, 9, 8, 7, 6, 5, 4], index.CountsOf(row, "/a", Utf8("""{"x":1}"""), budget));
        Assert.Empty(index.CountsOf(row, "/a", Utf8("""{"x":1.0}"""), budget));
        Assert.Equal(0, budget.InUse);
    }

    [Fact]
    public void Index_WithoutRoom_RemembersNothingAndDoesNoHarm()
    {
        var row = RowWith("/n");
        var index = new SampleIndex(TableOf(row));
        index.Learn(row, "/a", Utf8("""{"x":1,"n":5}"""), new BufferBudget(0));
        Assert.Empty(index.CountsOf(row, "/a", Utf8("""{"x":1}"""), new BufferBudget(1 << 20)));
    }

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static EndpointRow RowWith(string field) => TableOf(field).Rows[0];

    private static EndpointTable TableOf(EndpointRow row) => TableOf(row.Samples!.Field.Text);

    private static EndpointTable TableOf(string field) => EndpointTable.Compile(new GatewaySettings
    {
        Endpoints = new Dictionary<string, EndpointOptions>
        {
            ["A"] = new()
            {
                Path = "/a",
                Cache = CachePolicy.Deterministic,
                Samples = new SamplesOptions { Enabled = true, Field = field, Baseline = 1000 },
            },
        },
    });
}
