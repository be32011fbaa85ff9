using System.Globalization;
using System.Text;

namespace IslGateway.Corpora;

/// <summary>One row of <c>json-bodies.tsv</c>: a body on the edge of JSON, or past it.</summary>
internal sealed record JsonBody
{
    private const string Refused = "refused";
    private const string Alone = "alone";

    private readonly string _group;

    private JsonBody(string name, string group, string text)
    {
        Name = name;
        _group = group;
        Bytes = BytesOf(text);
    }

    public static IReadOnlyList<JsonBody> All { get; } = ReadAll();

    public string Name { get; }

    public byte[] Bytes { get; }

    /// <summary>Whether it can be read so exactly that its answer may be kept.</summary>
    public bool IsKeyed => _group != Refused;

    /// <summary>Names the rows that share its key, where the order of keys counts or does not.</summary>
    public string Group(bool sortKeys) => _group == Alone ? "alone: " + Name : sortKeys ? _group.Split('/')[0] : _group;

    public override string ToString() => Name;

    private static List<JsonBody> ReadAll()
    {
        using var reader = new StreamReader(typeof(JsonBody).Assembly.GetManifestResourceStream("json-bodies.tsv")!);
        return [.. reader.ReadToEnd().TrimEnd('\n').Split('\n').Where(line => !line.StartsWith('#'))
            .Select(line => line.Split('\t')).Select(cells => new JsonBody(cells[0], cells[1], cells[2]))];
    }

    // body = *( text / "⟦" hexadecimal bytes "⟧" / "⟦" count "×" text "⟧" )
    private static byte[] BytesOf(string text)
    {
        var bytes = new MemoryStream();
        foreach (var piece in text.Split('⟦'))
        {
            var end = piece.IndexOf('⟧', StringComparison.Ordinal);
            if (end >= 0) bytes.Write(Special(piece[..end]));
            bytes.Write(Encoding.UTF8.GetBytes(piece[(end + 1)..]));
        }

        return bytes.ToArray();
    }

    private static byte[] Special(string piece) => piece.Split('×') is [var count, var text]
        ? Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, int.Parse(count, CultureInfo.InvariantCulture))))
        : Convert.FromHexString(piece.Replace(" ", "", StringComparison.Ordinal));
}
