namespace IslGateway.FunctionalTests.Conformance;

/// <summary>A data file that is misspelt, or that could not fail, must not pass for a green one.</summary>
public sealed class RowLoaderTests
{
    private const string Good = """{"name":"n","rule":"r","steps":[{"send":{"target":"/"},"expect":{"status":200}}]}""";

    [Fact]
    public void Files_WhereverTheyLie_AreEachPlayed() =>
        Assert.Equal(
            Directory.EnumerateFiles(RowLoader.Folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(RowLoader.Folder, path)).Order(StringComparer.Ordinal),
            HttpConformanceTests.Rows.Concat(CacheConformanceTests.Rows)
                .Select(row => $"{row.Data.Item1}.json").Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("""{"name":"n","rule":"r","steps":[{"send":{"target":"/"},"expect":{"stauts":200}}]}""", "stauts")]
    [InlineData("""{"name":"n","rule":"r","stepz":[],"steps":[]}""", "stepz")]
    [InlineData("""{"name":"n","steps":[{"send":{"target":"/"},"expect":{"status":200}}]}""", "rule")]
    [InlineData("""{"name":"n","name":"m","rule":"r","steps":[]}""", "name")]
    [InlineData("""{"name":"n","rule":"r","steps":[]}""", "no step expects anything")]
    [InlineData(
"""{"name":"n","rule":"r","steps":[{"send":{"target":"/"}},{"send":{"target":"/"},"expect":{"status":200}}]}""",
"t/n, step 1: the answer is not looked at")]
    [InlineData("""{"name":"n","rule":"r","steps":[{"send":{"target":"/"},"expect":{}}]}""", "t/n, step 1: the answer is not looked at")]
    [InlineData("""{"name":"n","rule":"r","steps":[{"send":{"target":"/"},"expect":{"isl":{}}}]}""", "an empty isl checks nothing")]
    [InlineData("""{"name":"n","rule":"r","steps":[{"send":{"target":"/"},"expect":{"sameBodyAs":"1"}}]}""", "no earlier step is '1'")]
    [InlineData("""{"name":"n","rule":"r","steps":[{"send":{"target":"/"},"await":"poll","expect":{"status":200}}]}""", "a step is one of")]
    [InlineData("""{"name":"n","rule":"r","steps":[{"send":{},"expect":{"status":200}}]}""", "no target")]
    [InlineData("""{"name":"n","rule":"r","steps":[{"send":{"target":"/","text":"a","hex":"00"},"expect":{"status":200}}]}""", "one body")]
    [InlineData(
"""{"name":"n","rule":"r","steps":[{"begin":{"target":"/"}},{"send":{"target":"/"},"expect":{"status":200}}]}""", "needs a name")]
    [InlineData(
"""{"name":"n","rule":"r","steps":[{"begin":{"target":"/"},"as":"b"},{"send":{"target":"/"},"expect":{"status":200}}]}""",
"'b' is begun and never looked at")]
    [InlineData("""{"name":"n ${a}","rule":"r","steps":[{"send":{"target":"/"},"expect":{"status":200}}]}""", "no case says what ${a} is")]
    [InlineData(
"""{"name":"n","rule":"r","cases":[{"a":1}],"steps":[{"send":{"target":"/"},"expect":{"status":200}}]}""",
"no place for the case's 'a'")]
    [InlineData(
"""{"name":"n","rule":"r","cases":[{"a":200},{"a":201}],"steps":[{"send":{"target":"/"},"expect":{"status":"${a}"}}]}""",
"two rows named 'n'")]
    [InlineData(Good + "," + Good, "two rows named 'n'")]
    [InlineData("", "no rows")]
    public void Row_NotUnderstoodOrUnableToFail_IsRefused(string rows, string why)
    {
        var refusal = Assert.Throws<FormatException>(() => RowLoader.Parse("t", $$"""{"about":"a","rows":[{{rows}}]}"""));

        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Case_ThatIsAWholeText_BecomesTheValueAsItIsSpelt()
    {
        var row = Assert.Single(RowLoader.Parse("t", """
            {"about":"a","rows":[{"name":"x ${v}","rule":"r","cases":[{"v":1.00}],"steps":[{"send":{"target":"/${v}","body":{ "v":"${v}" }},"expect":{"status":200}}]}]}
            """));

        Assert.Equal(
            ("x 1.00", "/1.00", """{ "v":1.00 }"""), (row.Name, row.Steps[0].Send!.Target, row.Steps[0].Send!.Body!.Value.GetRawText()));
    }
}
