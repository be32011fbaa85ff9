using System.Globalization;
using System.Text;

namespace IslGateway.UnitTests.Caching.Keys;

/// <summary>Makes random JSON documents and spells each in many ways, from one seed.</summary>
/// <remarks>
/// A document is null, bool, string, a number as <see cref="Number"/>, a list of documents, or a list of named documents; or
/// <see cref="Verbatim"/> text, if someone put it there.
/// </remarks>
internal sealed class JsonSpeller(Random random)
{
    // Names that are prefixes of each other, differ behind the eighth byte, or sort otherwise in UTF-16 than by code point.
    private static readonly string[] Names =
    [
        "", "a", "b", "aa", "a\0", "a\0b", "A", "*", "0", "\"", "\\", "\n", "é", "\u007f", "\uffff", "\uff5e", "\U0001f600", "\U00010000",
        "distribution", "distributioN", "distribution_", "distributions", "12345678", "123456789", "1234567", "e\u0301", "\u00c5", "\u212b",
        "\ud7ff", "\ue000", "\ufffe", "\ufdd0", "\U0001fffe", "\U0010ffff", "\u2028", "\u0000", "\b\f\r\t", "\ufeff", "a\ufffd", "/",
    ];

    private readonly NumberSpeller _numbers = new(random);

    public object? Document(int depth = 0)
    {
        var kind = random.Next(depth > 4 ? 7 : 12);
        switch (kind)
        {
            case 0:
                return null;
            case 1:
                return random.Next(2) == 0;
            case 2:
                return Text();
            case 3 or 4:
                return new Number(_numbers.Integer());
            case 5 or 6:
                return new Number(_numbers.Float());
            case 7 or 8:
                return Enumerable.Range(0, random.Next(5)).Select(_ => Document(depth + 1)).ToList();
            default:
                return Shuffled(Names).Take(random.Next(7)).Select(name => KeyValuePair.Create(name, Document(depth + 1))).ToList();
        }
    }

    /// <summary>The same value, spelled at random: white space, escapes, the form of numbers; keys in another order if asked.</summary>
    public string Spell(object? document, bool permuted = true)
    {
        var output = new StringBuilder();
        White(output);
        Spell(document, permuted, output);
        White(output);
        return output.ToString();
    }

    /// <summary>A document that differs in one place, mostly by little.</summary>
    public object? NearMiss(object? document)
    {
        var descend = random.Next(4) > 0;
        switch (document)
        {
            case List<object?> { Count: > 0 } items when descend:
                var at = random.Next(items.Count);
                return items.Select((item, i) => i == at ? NearMiss(item) : item).ToList();
            case List<KeyValuePair<string, object?>> { Count: > 0 } members when descend:
                var chosen = random.Next(members.Count);
                return members.Select((member, i) => i != chosen ? member : KeyValuePair.Create(member.Key, NearMiss(member.Value)))
                    .ToList();
            case List<object?> items:
                return random.Next(6) switch
                {
                    0 => items.AsEnumerable().Reverse().ToList(),
                    1 => items.Append(null).ToList(),
                    2 => items.Skip(1).ToList(),
                    3 => new List<object?> { items },
                    4 => items.Select((item, i) => KeyValuePair.Create(i.ToString(CultureInfo.InvariantCulture), item)).ToList(),
                    _ => items.SelectMany(item => item is List<object?> inner ? inner : [item]).ToList(),
                };
            case List<KeyValuePair<string, object?>> members:
                return random.Next(5) switch
                {
                    0 => members.AsEnumerable().Reverse().ToList(),
                    1 => members.Skip(1).ToList(),
                    2 => members.Append(KeyValuePair.Create(Names[random.Next(Names.Length)], (object?)null)).ToList(),
                    3 => members.Select(member => member.Value).ToList(),
                    _ => members.Select(member => KeyValuePair.Create(member.Key + "a", member.Value)).ToList(),
                };
            case Number number:
                return random.Next(6) switch
                {
                    0 => number.Spelled,
                    1 => new Number(_numbers.Integer()),
                    2 => new Number(_numbers.Float()),
                    _ => new Number(_numbers.Near(number.Spelled)),
                };
            case string text:
                return random.Next(3) switch
                {
                    0 => text + "\0",
                    1 => Text(),
                    _ => new List<object?> { text },
                };
            case bool truth:
                return random.Next(2) == 0 ? !truth : truth ? "true" : new Number("0");
            default:
                return random.Next(3) switch
                {
                    0 => false,
                    1 => "null",
                    _ => new List<object?>(),
                };
        }
    }

    /// <summary>
    /// The same bytes but for one to three small accidents; often no JSON any more, sometimes another document, sometimes the same one.
    /// </summary>
    public byte[] Damage(byte[] body)
    {
        const string likely = "{}[]\",:0123456789.eE+-\\u \tntfalsd\u0000";
        var bytes = body.ToList();
        for (var accidents = random.Next(1, 4); accidents > 0; accidents--)
        {
            var at = random.Next(bytes.Count + 1);
            var other = random.Next(8) == 0 ? (byte)random.Next(256) : (byte)likely[random.Next(likely.Length)];
            switch (random.Next(5))
            {
                case 0 when at < bytes.Count:
                    bytes.RemoveAt(at);
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] = other;
                    break;
                case 2 when at < bytes.Count:
                    var length = random.Next(1, Math.Min(12, bytes.Count - at) + 1);
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 3 when at + 1 < bytes.Count:
                    (bytes[at], bytes[at + 1]) = (bytes[at + 1], bytes[at]);
                    break;
                default:
                    bytes.Insert(at, other);
                    break;
            }
        }

        return [.. bytes];
    }

    private void Spell(object? document, bool permuted, StringBuilder output)
    {
        switch (document)
        {
            case List<object?> items:
                output.Append('[');
                Separated(items, item => Spell(item, permuted, output), output);
                output.Append(']');
                break;
            case List<KeyValuePair<string, object?>> members:
                output.Append('{');
                Separated(permuted ? Shuffled(members) : members, member =>
                {
                    SpellText(member.Key, output);
                    White(output);
                    output.Append(':');
                    White(output);
                    Spell(member.Value, permuted, output);
                }, output);
                output.Append('}');
                break;
            case string text:
                SpellText(text, output);
                break;
            case Number number:
                output.Append(number.IsFloat ? _numbers.Respell(number.Spelled) : number.Spelled);
                break;
            case Verbatim verbatim:
                output.Append(verbatim.Text);
                break;
            case bool truth:
                output.Append(truth ? "true" : "false");
                break;
            default:
                output.Append("null");
                break;
        }
    }

    private void Separated<T>(IEnumerable<T> items, Action<T> spell, StringBuilder output)
    {
        White(output);
        var first = true;
        foreach (var item in items)
        {
            if (!first)
            {
                output.Append(',');
                White(output);
            }

            first = false;
            spell(item);
            White(output);
        }
    }

    private void SpellText(string text, StringBuilder output)
    {
        output.Append('"');
        foreach (var rune in text.EnumerateRunes())
        {
            var spelled = rune.ToString();
            if (random.Next(4) == 0 || rune.Value is < ' ' or '"' or '\\')
            {
                spelled = string.Concat(spelled.Select(unit => "\\u" + AnyCase($"{(int)unit:x4}")));
                if (random.Next(2) == 0)
                {
                    spelled = rune.Value switch
                    {
                        '\n' => "\\n",
                        '"' => "\\\"",
                        '\\' => "\\\\",
                        '/' => "\\/",
                        '\b' => "\\b",
                        '\f' => "\\f",
                        '\r' => "\\r",
                        '\t' => "\\t",
                        _ => spelled,
                    };
                }
            }

            output.Append(spelled);
        }

        output.Append('"');
    }

    private string AnyCase(string digits) =>
        string.Concat(digits.Select(digit => random.Next(2) == 0 ? char.ToUpperInvariant(digit) : digit));

    private void White(StringBuilder output)
    {
        while (random.Next(4) == 0)
            output.Append(" \t\n\r"[random.Next(4)]);
    }

    private string Text() => random.Next(4) switch
    {
        0 => Names[random.Next(Names.Length)],
        1 => _numbers.Integer(),
        2 => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Names[random.Next(Names.Length)])),
        _ => new string('x', random.Next(300)) + "/",
    };

    private List<T> Shuffled<T>(IEnumerable<T> items)
    {
        var shuffled = items.ToArray();
        random.Shuffle(shuffled);
        return [.. shuffled];
    }

    /// <summary>Bytes that stand where a value is expected, always spelled so.</summary>
    internal sealed record Verbatim(string Text);

    /// <summary>A number as it is spelled.</summary>
    internal sealed record Number(string Spelled)
    {
        public bool IsFloat => Spelled.AsSpan().IndexOfAny('.', 'e', 'E') >= 0;
    }
}
