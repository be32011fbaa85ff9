using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>An answer as it came over the wire; <see cref="IsWhole"/> tells whether its framing was kept to the end.</summary>
internal sealed record RawAnswer(
    int Status,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    byte[] Body,
    IReadOnlyList<KeyValuePair<string, string>> Trailers,
    bool IsWhole)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The values of a header, one per line that carried it.</summary>
    public string[] All(string name) =>
        [.. Headers.Where(line => line.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(line => line.Value)];

    /// <summary>The value of a header that stands exactly once.</summary>
    public string Header(string name) => Assert.Single(All(name));
}
