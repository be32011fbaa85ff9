namespace IslGateway.FunctionalTests.Smuggling;

/// <summary>A request that one reader might take for two, or for another; a row of <c>requests.json</c>.</summary>
/// <param name="Name">What is odd about it.</param>
/// <param name="Rule">What holds for it, and where that is written.</param>
/// <param name="Request">
/// One byte per character. <c>{path}</c> is where it goes, <c>{next}</c> the path of a second request that may only ever be read where it
/// really is one, <c>{next-length}</c> the length of what follows the head, <c>{long}</c> 40,000 characters.
/// </param>
/// <param name="Expect">
/// <c>refused</c>: one answer, 4xx, 501 or 505, and the connection closed. <c>one</c>: one answer, and the second request is its body.
/// <c>each</c>: two requests, each with its own answer.
/// </param>
internal sealed record SmugglingProbe(string Name, string Rule, string Request, string Expect)
{
    /// <summary>The bytes to send, with a second request behind what must be refused.</summary>
    public string For(string path, string next)
    {
        var text = Request.Replace("{path}", path, StringComparison.Ordinal).Replace("{next}", next, StringComparison.Ordinal)
            .Replace("{long}", new string('a', 40_000), StringComparison.Ordinal);
        var body = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var head and >= 0 ? text.Length - head - 4 : 0;
        text = text.Replace("{next-length}", $"{body}", StringComparison.Ordinal);
        return Expect == "refused" ? $"{text}GET {next} HTTP/1.1\r\nHost: h\r\n\r\n" : text;
    }
}
