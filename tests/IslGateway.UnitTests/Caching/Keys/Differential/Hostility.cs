using System.Text;

namespace IslGateway.UnitTests.Caching.Keys.Differential;

/// <summary>Does to bodies what a caller who means ill does, or one with another JSON library.</summary>
internal sealed class Hostility(Random random, JsonSpeller speller)
{
    // What stands where a value should: beyond JSON, but some readers take it; and on the edge of what Python takes.
    private static readonly string[] Values =
    [
        "NaN", "Infinity", "-Infinity", "-NaN", "+Infinity", "nan", "1e999", "-1E400", "01", "-01", "+1", "1.", ".5", "-.5", "1e", "1e+",
        "0x1", "1_000",
        "\uff11", "\u0661", "1\u0661", "1e\u0661", "--1", "- 1", "-", "True", "None", "undefined", "'a'", "/**/1", "1//\n", "", "\0",
        "\u00a0\u0031",
        "\u20281", "\ufeff1", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83d\"", "\"\\ud83d\\u0020\\ude00\"", "\"\\ud83d\\ud83d\\ude00\"",
        "\"\\udbff\\udfff\"", "\"\\uD83D\\uDE00\"", "\"\\u12\"", "\"\\u+123\"", "\"\\u 123\"", "\"\\u0x12\"", "\"\\U00000041\"",
        "\"\\x41\"",
        "\"\\a\"", "\"\\'\"", "\"\\\n\"", "\"\t\"", "\"\u0001\"", "\"\u007f\u0085\"", "\"\\u0000\"", "\"\u2028\u2029\"", "[1,]", "[,1]",
        "{\"a\":1,}",
        "{a:1}", "{\"a\" 1}", "{\"a\":}", "{1:1}", "{null:1}", "[}", "{]", "{\"\\ud800\":1}", "{\"a\":1,\"\\u0061\":2}",
        "{\"a\":1,\"a\":1}",
        "{\"\":0,\"\":0}", "{\"\\ud83d\\ude00\":1,\"\U0001f600\":1}", "{\"a\":{\"b\":1,\"b\":1}}", "1 2", "\"a\" \"b\"", "[1 2]", "[1;2]",
    ];

    private static readonly byte[][] BadUtf8 =
    [
        [0xff], [0xfe], [0x80], [0xc0, 0x80], [0xc0, 0xaf], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80],
        [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf],
        [0xf4, 0x90, 0x80, 0x80],
        [0xf5, 0x80, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98],
        // Right ones, so that not every body that was meddled with is refused.
        [0xc2, 0x80], [0xef, 0xbf, 0xbf], [0xf4, 0x8f, 0xbf, 0xbf], [0xef, 0xbb, 0xbf], [0xed, 0x9f, 0xbf], [0xee, 0x80, 0x80],
    ];

    public byte[] Body(object? document)
    {
        switch (random.Next(12))
        {
            case < 4:
                return Spelled(Planted(document, new JsonSpeller.Verbatim(Values[random.Next(Values.Length)])));
            case 4 or 5:
                var body = Spelled(document).ToList();
                var quotes = Enumerable.Range(0, body.Count).Where(i => body[i] == '"').ToList();
                var at = quotes.Count > 0 && random.Next(4) > 0 ? quotes[random.Next(quotes.Count)] + 1 : random.Next(body.Count + 1);
                body.InsertRange(at, BadUtf8[random.Next(BadUtf8.Length)]);
                return [.. body];
            case 6:
                return Encoded(Encoding.UTF8.GetString(Spelled(document)));
            case 7:
                return Spelled(Nested(document, random.Next(64 - 5, 64 + 3)));
            case 8:
                return Spelled(Nested(new JsonSpeller.Verbatim("0"), random.Next(62, 67)));
            case 9:
                return Spelled(document)[..^1];
            case 10 when document is List<KeyValuePair<string, object?>> { Count: > 0 } members:
                return Spelled(members.Append(KeyValuePair.Create(members[random.Next(members.Count)].Key, speller.Document(5))).ToList());
            case 11 when random.Next(20) == 0:
                return Rare(random.Next(4));
            default:
                return [.. Spelled(document), .. Encoding.UTF8.GetBytes(Values[random.Next(Values.Length)])];
        }
    }

    /// <summary>Long ones.</summary>
    private byte[] Rare(int kind) => Encoding.UTF8.GetBytes(kind switch
    {
        0 => (random.Next(2) == 0 ? "-" : "") + new string('7', random.Next(4298, 4303)),
        1 => new string('[', 1200) + new string(']', 1200),
        2 => new string('9', random.Next(300, 312)) + ".0",
        _ => "0." + new string('0', random.Next(320, 326)) + random.Next(1, 10),
    });

    private byte[] Encoded(string text)
    {
        Encoding[] encodings =
        [
            Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32,
            new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        ];
        var encoding = encodings[random.Next(encodings.Length)];
        var marked = random.Next(2) == 0 || encoding == Encoding.UTF8;
        return [.. marked ? encoding.Preamble : [], .. encoding.GetBytes(text)];
    }

    private object? Nested(object? document, int levels)
    {
        for (var i = 0; i < levels; i++)
            document = random.Next(2) == 0
                ? new List<object?> { document }
                : new List<KeyValuePair<string, object?>> { new("a", document) };
        return document;
    }

    /// <summary>The document with one value in it, or all of it, replaced.</summary>
    private object? Planted(object? document, object planted)
    {
        switch (document)
        {
            case List<object?> { Count: > 0 } items:
                var at = random.Next(items.Count);
                return items.Select((item, i) => i == at ? Planted(item, planted) : item).ToList();
            case List<KeyValuePair<string, object?>> { Count: > 0 } members:
                var chosen = random.Next(members.Count);
                return members.Select((m, i) => i == chosen ? KeyValuePair.Create(m.Key, Planted(m.Value, planted)) : m).ToList();
            default:
                return planted;
        }
    }

    private byte[] Spelled(object? document) => Encoding.UTF8.GetBytes(speller.Spell(document));
}
