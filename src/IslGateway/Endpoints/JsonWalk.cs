using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>
/// Reads a JSON text once from beginning to end, and reports what stands at the given places. A repeated member is reported each time.
/// </summary>
internal sealed class JsonWalk
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 1024 };

    private readonly JsonPlace[] _places;
    private readonly IJsonVisitor _visitor;

    // The places that may begin at any object or array.
    private readonly List<int> _anywhere;

    // The places that lead into each open object and array, with the number of segments matched; the innermost container's come last.
    private readonly List<(int Place, int Step)> _open;

    private bool _metNoText;

    private JsonWalk(JsonPlace[] places, IJsonVisitor visitor)
    {
        (_places, _visitor, _anywhere, _open) = (places, visitor, new(places.Length), new(2 * places.Length));
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i].AtAnyDepth) _anywhere.Add(i);
            else _open.Add((i, 0));
        }
    }

    /// <summary>Reads a text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="places">The places of interest.</param>
    /// <param name="visitor">Receives what stands at them.</param>
    /// <returns>
    /// Whether every name that mattered is valid text. A name with half a surrogate pair is not: other readers may see another name there.
    /// </returns>
    /// <exception cref="JsonException">The text is not one JSON value, or is nested deeper than 1,024 levels.</exception>
    public static bool Over(ReadOnlySpan<byte> json, JsonPlace[] places, IJsonVisitor visitor)
    {
        var walk = new JsonWalk(places, visitor);
        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        walk.Value(ref reader, 0);

        // Only white space may follow, or the text is not JSON.
        reader.Read();
        return !walk._metNoText;
    }

    /// <summary>Reports a value and all in it; the reader is at the value's first token before, at its last token afterwards.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="from">Where in <see cref="_open"/> the places for this value begin.</param>
    private void Value(ref Utf8JsonReader reader, int from)
    {
        var to = _open.Count;
        for (var i = from; i < to; i++)
        {
            var (place, step) = _open[i];
            if (step == _places[place].Length) _visitor.AtPlace(place, in reader);
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                _visitor.AtText(in reader);
                break;
            case JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var isEscaped = reader.ValueIsEscaped;
                    for (var i = from; i < to; i++)
                    {
                        var (place, step) = _open[i];
                        if (step < _places[place].Length && LeadsTo(place, step, in reader, isEscaped)) _open.Add((place, step + 1));
                    }

                    foreach (var place in _anywhere)
                    {
                        if (LeadsTo(place, 0, in reader, isEscaped)) _open.Add((place, 1));
                    }

                    reader.Read();
                    Inner(ref reader, to);
                }

                break;
            case JsonTokenType.StartArray:
                for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
                {
                    for (var i = from; i < to; i++)
                    {
                        var (place, step) = _open[i];
                        if (step < _places[place].Length && _places[place].LeadsTo(step, index)) _open.Add((place, step + 1));
                    }

                    foreach (var place in _anywhere)
                    {
                        if (_places[place].LeadsTo(0, index)) _open.Add((place, 1));
                    }

                    Inner(ref reader, to);
                }

                break;
        }
    }

    private bool LeadsTo(int place, int step, in Utf8JsonReader name, bool isEscaped)
    {
        if (!isEscaped) return _places[place].LeadsTo(step, name.ValueSpan);
        try
        {
            return _places[place].LeadsTo(step, in name);
        }
        catch (InvalidOperationException)
        {
            _metNoText = true;
            return false;
        }
    }

    private void Inner(ref Utf8JsonReader reader, int from)
    {
        // Most values of an answer are numbers that no place leads to.
        if (_open.Count == from && reader.TokenType is JsonTokenType.Number) return;
        Value(ref reader, from);
        _open.RemoveRange(from, _open.Count - from);
    }
}
