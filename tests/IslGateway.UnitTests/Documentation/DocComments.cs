using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace IslGateway.UnitTests.Documentation;

/// <summary>The summaries of the gateway's doc comments, as Markdown.</summary>
internal static partial class DocComments
{
    private static readonly XDocument Document = XDocument.Load(Path.ChangeExtension(typeof(Program).Assembly.Location, ".xml"));

    /// <summary>The summary of a field or an enum member.</summary>
    public static string OfField(Type type, string field)
    {
        var summary = Document.Descendants("member")
            .SingleOrDefault(member => (string?)member.Attribute("name") == $"F:{type.FullName}.{field}")?
            .Element("summary");
        Assert.True(summary is not null, $"{type.Name}.{field} has no doc comment.");
        return Blanks().Replace(string.Concat(summary.Nodes().Select(Markdown)).Trim(), " ");
    }

    private static string Markdown(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see => $"`{((string?)see.Attribute("cref") ?? "").Split('.', ':')[^1]}`",
        _ => throw new NotSupportedException($"The README does not know how to write {node}."),
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
