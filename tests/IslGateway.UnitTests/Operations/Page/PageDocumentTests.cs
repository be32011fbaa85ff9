using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using IslGateway.Operations.Page;

namespace IslGateway.UnitTests.Operations.Page;

public sealed partial class PageDocumentTests
{
    private const int LongestLine = 140;

    private static readonly PageDocument Page = PageDocument.Shipped();

    private static readonly string Html = Encoding.UTF8.GetString(Page.Bytes);

    [Fact]
    public void Policy_OfTheShippedPage_AllowsItsOwnTextsAndNoOthers()
    {
        Assert.Equal(Digests("script"), Sources("script-src"));
        Assert.Equal(Digests("style"), Sources("style-src"));
        Assert.StartsWith("default-src 'none'; ", Page.Policy, StringComparison.Ordinal);
        foreach (var rule in (string[])
            ["connect-src 'self'", "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
                "require-trusted-types-for 'script'", "trusted-types 'none'"])
            Assert.Contains(rule, Page.Policy.Split("; "));
        Assert.DoesNotContain("unsafe", Page.Policy, StringComparison.Ordinal);
    }

    [Fact]
    public void Document_Always_NamesNothingOutsideAndHoldsNoCodeInAttributes()
    {
        var addresses = Address().Matches(Html).Select(match => match.Value).Distinct();
        Assert.Equal(["http://www.w3.org/2000/svg"], addresses.Where(address => !address.Contains("${", StringComparison.Ordinal)));
        Assert.DoesNotContain(" src=", Html, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"<[^>]* (on\w+|style)=", Markup().Match(Html).Value);
        Assert.DoesNotContain("innerHTML", Html, StringComparison.Ordinal);
    }

    [Fact]
    public void Tag_OfAnotherText_IsAnother()
    {
        var other = new PageDocument(name => name == "page.html" ? """<script src="a.js"></script>""" : "1");
        var third = new PageDocument(name => name == "page.html" ? """<script src="a.js"></script>""" : "2");

        Assert.NotEqual(other.Tag, third.Tag);
        Assert.NotEqual(other.Policy, third.Policy);
    }

    [Fact]
    public void Source_ThatEndsItsElement_IsRefused() => Assert.Contains(
        "a.js",
        Assert.Throws<InvalidOperationException>(
            () => new PageDocument(name => name == "page.html" ? """<script src="a.js"></script>""" : "'</SCRIPT>'")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Sources_Always_AreWithin140Columns()
    {
        var folder = Path.Combine(Repository.Root, "src", "IslGateway", "Operations", "Page");
        Assert.Empty(
            from file in Directory.GetFiles(folder).Where(file => Path.GetExtension(file) is ".html" or ".css" or ".js")
            from line in File.ReadLines(file)
            where line.Length > LongestLine
            select $"{file}: {line}");
    }

    private static IEnumerable<string> Digests(string element) => Regex.Matches(Html, $"(?s)<{element}>(.*?)</{element}>").Select(
        match => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(match.Groups[1].Value)))}'");

    private static IEnumerable<string> Sources(string directive) =>
        Page.Policy.Split("; ").Single(rule => rule.StartsWith(directive, StringComparison.Ordinal)).Split(' ').Skip(1);

    [GeneratedRegex("https?://[^'\" ]+")]
    private static partial Regex Address();

    [GeneratedRegex("(?s)<body.*?<script>")]
    private static partial Regex Markup();
}
