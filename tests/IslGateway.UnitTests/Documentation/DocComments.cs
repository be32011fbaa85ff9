using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace IslGateway.UnitTests.Documentation;

/// <summary>The summaries of the gateway's doc comments, as Markdown.</summary>
internal static partial class DocComments
{
    private static readonly Dictionary<string, XElement?> Summaries = XDocument
        .Load(Path.ChangeExtension(typeof(Program).Assembly.Location, ".xml"))
        .Descendants("member").ToDictionary(member => (string)member.Attribute("name")!, member => member.Element("summary"));

    /// <summary>The summary of a field or an enum member.</summary>
    public static string OfField(Type type, string field) => Of($"F:{type.FullName}.{field}");

    /// <summary>The summary of a property and, where it takes one of a few words, what each of them means.</summary>
    public static string OfProperty(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var words = type.IsEnum ? Enum.GetNames(type).Select(word => $"`{word}`: {OfField(type, word)}") : [];
        return string.Join(' ', [Of($"P:{property.DeclaringType!.FullName}.{property.Name}"), .. words]);
    }

    private static string Of(string member)
    {
        Assert.True(Summaries.GetValueOrDefault(member) is not null, $"{member} has no doc comment.");
        return Blanks().Replace(string.Concat(Summaries[member]!.Nodes().Select(Markdown)).Trim(), " ");
    }

    private static string Markdown(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see => $"`{((string?)see.Attribute("cref") ?? "").Split('.', ':')[^1]}`",
        _ => throw new NotSupportedException($"No table knows how to write {node}."),
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
