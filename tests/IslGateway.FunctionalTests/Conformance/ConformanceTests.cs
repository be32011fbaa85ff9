namespace IslGateway.FunctionalTests.Conformance;

/// <summary>Every rule of "never a wrong answer" that one gateway can show, as data: see the README beside.</summary>
public sealed class ConformanceTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Rows =>
        from path in Directory.EnumerateFiles(RowLoader.Folder, "*.json").Order(StringComparer.Ordinal)
        let topic = Path.GetFileNameWithoutExtension(path)
        from row in RowLoader.Load(topic)
        select new TheoryDataRow<string, string>(topic, row.Name) { TestDisplayName = $"Conformance: {topic}", Label = row.Name };

    [Theory]
    [MemberData(nameof(Rows))]
    public Task Row_Played_IsAsItSays(string topic, string name) =>
        RowRunner.RunAsync($"{topic}/{name}", RowLoader.Load(topic).Single(row => row.Name == name));
}
