using System.Text;
using IslGateway.Corpora;
using IslGateway.UnitTests.Caching.Keys.Differential;

namespace IslGateway.UnitTests.Caching.Keys;

/// <summary>What parsers and canonicalisers are known to get wrong, row by row.</summary>
public sealed class JsonCorpusTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. JsonBody.All.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Row_InBothOrders_IsKeyedOrRefusedAsItSays(string name)
    {
        var row = JsonBody.All.Single(row => row.Name == name);

        Assert.Equal(row.IsKeyed, CanonicalDigest.TryMake(row.Bytes, sortKeys: true, null, out _));
        Assert.Equal(row.IsKeyed, CanonicalDigest.TryMake(row.Bytes, sortKeys: false, null, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rows_OfOneGroup_ShareAKeyThatNoOtherGroupHas(bool sortKeys) =>
        AssertOneToOne(JsonBody.All.Where(row => row.IsKeyed), sortKeys, row =>
        {
            CanonicalDigest.TryMake(row.Bytes, sortKeys, null, out var key);
            return key;
        });

    /// <summary>The table itself is held to what Python reads.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rows_ReadByPython_AreGroupedAsTheySay(bool sortKeys)
    {
        using var reader = Readers.Any();
        output.WriteLine(reader.Name);
        reader.Begin([.. JsonBody.All.Select(row => row.Bytes)]);
        var readings = JsonBody.All.Zip(reader.Readings()).ToDictionary();

        Assert.Empty(
            JsonBody.All.Where(row => row.IsKeyed != (readings[row].Why == Inexact.None)).Select(row => $"{row}: {readings[row].Why}"));
        AssertOneToOne(JsonBody.All.Where(row => row.IsKeyed), sortKeys, row => readings[row].Text(sortKeys));
    }

    [Fact]
    public void Rows_Always_AreManyAndEachIsItsOwn()
    {
        Assert.InRange(JsonBody.All.Count, 250, 10_000);
        Assert.Empty(
            JsonBody.All.GroupBy(row => Encoding.Latin1.GetString(row.Bytes)).Where(same => same.Count() > 1)
                .Select(same => string.Join(", ", same)));
        Assert.Empty(JsonBody.All.GroupBy(row => row.Name).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    private static void AssertOneToOne<T>(IEnumerable<JsonBody> rows, bool sortKeys, Func<JsonBody, T> key)
    {
        var keys = rows.ToLookup(row => row.Group(sortKeys), row => (Row: row, Key: key(row)));
        Assert.Empty(keys.Where(group => group.Select(member => member.Key).Distinct().Count() > 1)
            .Select(group => $"{group.Key} has several keys: {string.Join(", ", group.Select(member => member.Row))}"));
        Assert.Empty(keys.Select(group => group.First()).GroupBy(member => member.Key).Where(groups => groups.Count() > 1)
            .Select(groups => $"One key: {string.Join(", ", groups.Select(member => member.Row))}"));
    }
}
