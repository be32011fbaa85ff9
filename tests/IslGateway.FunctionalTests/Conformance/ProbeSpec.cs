using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>
/// A request that one reader might take for two, or for another: played on a cacheable row, another row and a path of none.
/// </summary>
internal sealed record ProbeSpec
{
    public static readonly IReadOnlyList<string> Paths = [Isl.Validate, Isl.Teach, "/nowhere"];

    /// <summary>
    /// One byte per character. <c>{path}</c> is where it goes, <c>{next}</c> the path of a second request that may only ever be read where
    /// it really is one, <c>{next-length}</c> the length of what follows the head, <c>{long}</c> 40,000 characters.
    /// </summary>
    public required string Bytes { get; init; }

    public required ProbeReading Reading { get; init; }

    /// <summary>The bytes to send, with a second request behind what must be refused.</summary>
    public string For(string path, string next)
    {
        var text = Bytes.Replace("{path}", path, StringComparison.Ordinal).Replace("{next}", next, StringComparison.Ordinal)
            .Replace("{long}", new string('a', 40_000), StringComparison.Ordinal);
        var body = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var head and >= 0 ? text.Length - head - 4 : 0;
        text = text.Replace("{next-length}", $"{body}", StringComparison.Ordinal);
        return Reading == ProbeReading.Refused ? $"{text}GET {next} HTTP/1.1\r\nHost: h\r\n\r\n" : text;
    }
}
