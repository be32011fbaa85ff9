using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Operations.Page;

/// <summary>
/// The page as one document: its HTML, with the style sheet and the scripts that it names put in their places. The policy that goes with it
/// lets the browser use exactly these texts, by their digests, and ask nobody but this gateway.
/// </summary>
internal sealed partial class PageDocument
{
    private const string Entry = "page.html";

    private readonly Func<string, string> _read;
    private readonly List<string> _styles = [];
    private readonly List<string> _scripts = [];

    /// <param name="read">Reads a source file by its name.</param>
    public PageDocument(Func<string, string> read)
    {
        _read = read;
        var html = Stylesheet().Replace(read(Entry), match => Put("style", match, _styles));
        html = Script().Replace(html, match => Put("script", match, _scripts));
        Bytes = Encoding.UTF8.GetBytes(html);
        Tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(Bytes))[..32]}\"");
        Policy = string.Join(
            "; ",
            [
                "default-src 'none'",
                "script-src " + string.Join(' ', _scripts),
                "style-src " + string.Join(' ', _styles),
                "connect-src 'self'",
                "img-src data:",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
                "trusted-types 'none'",
            ]);
    }

    /// <summary>The whole document, UTF-8.</summary>
    public byte[] Bytes { get; }

    /// <summary>Changes with every byte of the document.</summary>
    public EntityTagHeaderValue Tag { get; }

    /// <summary>The value of <c>Content-Security-Policy</c>.</summary>
    public string Policy { get; }

    /// <summary>The page that ships with this assembly.</summary>
    public static PageDocument Shipped() => new(name =>
    {
        using var stream = typeof(PageDocument).Assembly.GetManifestResourceStream($"IslGateway.Operations.Page.{name}")
            ?? throw new InvalidOperationException($"The page's source {name} is not in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    });

    /// <summary>Line ends become what a browser makes of them before it computes the digest.</summary>
    private string Put(string element, Match reference, List<string> digests)
    {
        var text = "\n" + _read(reference.Groups["name"].Value).ReplaceLineEndings("\n");
        if (text.Contains("</" + element, StringComparison.OrdinalIgnoreCase))
            throw new InvalidOperationException($"{reference.Groups["name"].Value} ends its own element: it contains </{element}.");
        digests.Add($"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'");
        return $"<{element}>{text}</{element}>";
    }

    [GeneratedRegex("""<link rel="stylesheet" href="(?<name>[\w.-]+)">""")]
    private static partial Regex Stylesheet();

    [GeneratedRegex("""<script src="(?<name>[\w.-]+)"></script>""")]
    private static partial Regex Script();
}
