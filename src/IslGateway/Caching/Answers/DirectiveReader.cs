using IslGateway.Settings.Reading;

namespace IslGateway.Caching.Answers;

/// <summary>Splits a list of directives. A comma or an equals sign inside a quoted string belongs to the string.</summary>
internal ref struct DirectiveReader(string text)
{
    private ReadOnlySpan<char> _rest = text;

    /// <summary>Whether reading stopped at text that is not a directive.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Reads the next directive. False at the end of the list, or at text that is not a directive.</summary>
    /// <param name="name">Its name, as spelt.</param>
    /// <param name="value">Its value, without quotes; empty if there is none.</param>
    public bool Read(out ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
    {
        name = value = default;
        _rest = _rest.TrimStart(" \t,");
        if (_rest.IsEmpty) return false;
        name = Token();
        IsBroken = name.IsEmpty || (TrySkip('=') && !TryReadValue(out value)) || !IsAtEnd();
        return !IsBroken;
    }

    private bool TryReadValue(out ReadOnlySpan<char> value)
    {
        if (TrySkip('"')) return TryReadQuoted(out value);
        value = Token();
        return !value.IsEmpty;
    }

    private bool TryReadQuoted(out ReadOnlySpan<char> value)
    {
        value = default;
        for (var i = 0; i < _rest.Length; i++)
        {
            if (_rest[i] == '\\')
            {
                i++;
            }
            else if (_rest[i] == '"')
            {
                value = Plain(_rest[..i]);
                _rest = _rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    /// <summary>The content of a quoted string, with its escapes resolved.</summary>
    private static ReadOnlySpan<char> Plain(ReadOnlySpan<char> quoted)
    {
        if (!quoted.Contains('\\')) return quoted;
        var plain = new char[quoted.Length];
        var length = 0;
        for (var i = 0; i < quoted.Length; i++) plain[length++] = quoted[i] == '\\' ? quoted[++i] : quoted[i];
        return plain.AsSpan(0, length);
    }

    private ReadOnlySpan<char> Token()
    {
        var end = _rest.IndexOfAnyExcept(Grammar.TokenCharacters);
        var token = end < 0 ? _rest : _rest[..end];
        _rest = _rest[token.Length..];
        return token;
    }

    private bool TrySkip(char character)
    {
        if (_rest.IsEmpty || _rest[0] != character) return false;
        _rest = _rest[1..];
        return true;
    }

    private bool IsAtEnd()
    {
        _rest = _rest.TrimStart(" \t");
        return _rest.IsEmpty || _rest[0] == ',';
    }
}
