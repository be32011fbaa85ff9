using System.Globalization;
using System.Numerics;
using System.Text;

namespace IslGateway.UnitTests.Caching.Keys;

/// <summary>
/// The oracle: <c>json.dumps(json.loads(body), sort_keys=…)</c> of CPython, written by hand and naively, with the house rules on what is
/// refused (null) added. Shares no code with the canonicaliser.
/// </summary>
internal sealed class PythonJson
{
    private const int MaxDepth = 64;
    private const int MaxDigits = 4300;

    private readonly string _text;
    private int _at;

    private PythonJson(string text) => _text = text;

    /// <param name="body">The bytes on the wire.</param>
    /// <param name="sortKeys">As Python's <c>sort_keys</c>.</param>
    /// <param name="ignored">Pointers whose members are deleted between loads and dumps.</param>
    public static string? Dumps(byte[] body, bool sortKeys, IReadOnlyList<string[]>? ignored = null)
    {
        try
        {
            var parser = new PythonJson(new UTF8Encoding(false, true).GetString(body));
            var value = parser.Document();
            foreach (var pointer in ignored ?? [])
                Delete(value, pointer);
            var output = new StringBuilder();
            Dump(value, sortKeys, output);
            return output.ToString();
        }
        catch (Exception refusal) when (refusal is RefusedException or DecoderFallbackException)
        {
            return null;
        }
    }

    private object? Document()
    {
        White();
        var value = Value(0);
        White();
        return _at == _text.Length ? value : throw new RefusedException();
    }

    private object? Value(int depth)
    {
        switch (Peek())
        {
            case '{':
                return Object(depth + 1);
            case '[':
                return Array(depth + 1);
            case '"':
                return String();
            case 't':
                return Word("true", true);
            case 'f':
                return Word("false", false);
            case 'n':
                return Word("null", null);
            default:
                return Number();
        }
    }

    private List<KeyValuePair<string, object?>> Object(int depth)
    {
        var members = new List<KeyValuePair<string, object?>>();
        Enter(depth);
        if (Taken('}'))
            return members;
        do
        {
            White();
            if (Peek() != '"')
                throw new RefusedException();
            var key = String();
            White();
            Take(':');
            White();
            if (members.Exists(member => member.Key == key))
                throw new RefusedException();
            members.Add(new(key, Value(depth)));
            White();
        }
        while (Taken(','));
        Take('}');
        return members;
    }

    private List<object?> Array(int depth)
    {
        var items = new List<object?>();
        Enter(depth);
        if (Taken(']'))
            return items;
        do
        {
            White();
            items.Add(Value(depth));
            White();
        }
        while (Taken(','));
        Take(']');
        return items;
    }

    private void Enter(int depth)
    {
        if (depth > MaxDepth)
            throw new RefusedException();
        _at++;
        White();
    }

    private string String()
    {
        var content = new StringBuilder();
        Take('"');
        while (true)
        {
            var c = Next();
            if (c == '"')
                break;
            if (c < ' ')
                throw new RefusedException();
            content.Append(c == '\\' ? Escape() : c);
        }

        return HasLoneSurrogate(content) ? throw new RefusedException() : content.ToString();
    }

    private char Escape()
    {
        var c = Next();
        switch (c)
        {
            case '"' or '\\' or '/':
                return c;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                var unit = 0;
                for (var i = 0; i < 4; i++)
                {
                    var digit = Next();
                    if (!char.IsAsciiHexDigit(digit))
                        throw new RefusedException();
                    unit = (unit * 16) + Convert.ToInt32(digit.ToString(), 16);
                }

                return (char)unit;
            default:
                throw new RefusedException();
        }
    }

    private static bool HasLoneSurrogate(StringBuilder content)
    {
        for (var i = 0; i < content.Length; i++)
        {
            if (char.IsHighSurrogate(content[i]) && i + 1 < content.Length && char.IsLowSurrogate(content[i + 1]))
                i++;
            else if (char.IsSurrogate(content[i]))
                return true;
        }

        return false;
    }

    // (-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?  as in json/scanner.py, digits being ASCII only
    private object Number()
    {
        var start = _at;
        if (Peek() == '-')
            _at++;
        var digits = Peek() == '0' ? 1 : Digits(_at);
        if (digits == 0)
            throw new RefusedException();
        _at += digits;
        var isFloat = false;
        if (Peek() == '.' && Digits(_at + 1) is > 0 and var fraction)
        {
            _at += 1 + fraction;
            isFloat = true;
        }

        if (Peek() is 'e' or 'E')
        {
            var sign = _at + 1 < _text.Length && _text[_at + 1] is '-' or '+' ? 1 : 0;
            if (Digits(_at + 1 + sign) is > 0 and var exponent)
            {
                _at += 1 + sign + exponent;
                isFloat = true;
            }
        }

        var spelled = _text[start.._at];
        if (!isFloat)
            return digits <= MaxDigits ? BigInteger.Parse(spelled, CultureInfo.InvariantCulture) : throw new RefusedException();

        var value = double.Parse(spelled, CultureInfo.InvariantCulture);
        return double.IsInfinity(value) ? throw new RefusedException() : value;
    }

    private int Digits(int from)
    {
        var to = from;
        while (to < _text.Length && char.IsAsciiDigit(_text[to]))
            to++;
        return to - from;
    }

    private object? Word(string word, object? value)
    {
        if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0)
            throw new RefusedException();
        _at += word.Length;
        return value;
    }

    private void White()
    {
        while (Peek() is ' ' or '\t' or '\n' or '\r')
            _at++;
    }

    /// <summary>U+FFFF, which is not white, no digit and no syntax, stands for the end.</summary>
    private char Peek() => _at < _text.Length ? _text[_at] : '\uffff';

    private char Next() => _at < _text.Length ? _text[_at++] : throw new RefusedException();

    private bool Taken(char c)
    {
        var taken = Peek() == c;
        _at += taken ? 1 : 0;
        return taken;
    }

    private void Take(char c)
    {
        if (!Taken(c))
            throw new RefusedException();
    }

    private static void Delete(object? value, ReadOnlySpan<string> pointer)
    {
        var name = pointer[0];
        if (value is List<object?> items && name == "*" && pointer.Length > 1)
        {
            foreach (var item in items)
                Delete(item, pointer[1..]);
        }

        if (value is not List<KeyValuePair<string, object?>> members)
            return;
        if (pointer.Length == 1)
            members.RemoveAll(member => name == "*" || member.Key == name);
        else
        {
            foreach (var member in members)
            {
                if (name == "*" || member.Key == name)
                    Delete(member.Value, pointer[1..]);
            }
        }
    }

    private static void Dump(object? value, bool sortKeys, StringBuilder output)
    {
        switch (value)
        {
            case null:
                output.Append("null");
                break;
            case bool truth:
                output.Append(truth ? "true" : "false");
                break;
            case BigInteger integer:
                output.Append(integer.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                output.Append(PythonFloat.Repr(number));
                break;
            case string text:
                DumpString(text, output);
                break;
            case List<object?> items:
                output.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    output.Append(i == 0 ? "" : ", ");
                    Dump(items[i], sortKeys, output);
                }

                output.Append(']');
                break;
            case List<KeyValuePair<string, object?>> members:
                if (sortKeys)
                    members.Sort((left, right) => CompareCodePoints(left.Key, right.Key));
                output.Append('{');
                for (var i = 0; i < members.Count; i++)
                {
                    output.Append(i == 0 ? "" : ", ");
                    DumpString(members[i].Key, output);
                    output.Append(": ");
                    Dump(members[i].Value, sortKeys, output);
                }

                output.Append('}');
                break;
        }
    }

    private static void DumpString(string text, StringBuilder output)
    {
        output.Append('"');
        foreach (var c in text)
        {
            output.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\f' => "\\f",
                '\b' => "\\b",
                >= ' ' and <= '~' => c.ToString(),
                _ => $"\\u{(int)c:x4}",
            });
        }

        output.Append('"');
    }

    private static int CompareCodePoints(string left, string right)
    {
        var l = left.EnumerateRunes().Select(rune => rune.Value).ToArray();
        var r = right.EnumerateRunes().Select(rune => rune.Value).ToArray();
        return l.AsSpan().SequenceCompareTo(r);
    }

    private sealed class RefusedException : Exception;
}
