using System.Collections.Concurrent;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>The rows of a folder as the cases of a theory, each played by its name.</summary>
internal static class ConformanceRows
{
    private static readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, ConformanceRow>> Topics = new();

    public static IEnumerable<TheoryDataRow<string, string>> In(string folder) =>
        from path in Directory.EnumerateFiles(Path.Combine(RowLoader.Folder, folder), "*.json").Order(StringComparer.Ordinal)
        let topic = $"{folder}/{Path.GetFileNameWithoutExtension(path)}"
        from name in Of(topic).Keys
        select new TheoryDataRow<string, string>(topic, name) { TestDisplayName = $"Conformance: {topic}", Label = name };

    public static Task PlayAsync(string topic, string name) => RowRunner.RunAsync($"{topic}/{name}", Of(topic)[name]);

    private static IReadOnlyDictionary<string, ConformanceRow> Of(string topic) =>
        Topics.GetOrAdd(topic, static topic => RowLoader.Load(topic).ToDictionary(row => row.Name));
}
