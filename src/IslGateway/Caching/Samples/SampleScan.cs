using System.Text;
using System.Text.Json;
using IslGateway.Caching.Keys;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Samples;

/// <summary>Finds the <see cref="SamplePlace"/> of a body. Reads the whole body, so that what is found is in one JSON object.</summary>
internal ref struct SampleScan
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = CanonicalBody.MaxDepth };

    private readonly JsonPointer _field;
    private Utf8JsonReader _reader;
    private string? _fault;

    private SampleScan(ReadOnlySpan<byte> body, JsonPointer field)
    {
        _reader = new Utf8JsonReader(body, Options);
        _field = field;
    }

    /// <summary>Finds it.</summary>
    /// <param name="body">The plain body.</param>
    /// <param name="field">The row's pointer.</param>
    /// <param name="place">The place; only where nothing is wrong.</param>
    /// <returns>What is wrong with the body; null: nothing.</returns>
    public static string? Find(ReadOnlySpan<byte> body, JsonPointer field, out SamplePlace place)
    {
        place = default;
        var scan = new SampleScan(body, field);
        try
        {
            if (!scan._reader.Read() || scan._reader.TokenType != JsonTokenType.StartObject) return "The body is no JSON object.";
            place = scan.InObject(0);

            // What follows the object is for the reader to refuse.
            if (scan._fault is null) scan._reader.Read();
            return scan._fault;
        }
        catch (JsonException e)
        {
            var (line, column) = (e.LineNumber.GetValueOrDefault() + 1, e.BytePositionInLine.GetValueOrDefault());
            return $"The body is no JSON object, or deeper than {CanonicalBody.MaxDepth} levels: line {line}, byte {column}.";
        }
        catch (InvalidOperationException)
        {
            return "A member's name in the body holds half of a surrogate pair.";
        }
    }

    /// <summary>The reader is at the object's beginning before, at its end afterwards.</summary>
    private SamplePlace InObject(int step)
    {
        var (end, isEmpty) = ((int)_reader.BytesConsumed, true);
        SamplePlace? found = null;
        while (_fault is null && _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            isEmpty = false;
            var isIt = _reader.ValueTextEquals(_field.Utf8Segments[step]);
            _reader.Read();
            if (!isIt) _reader.Skip();
            else if (found is null) found = AtValue(step);
            else _fault = $"The body names {PathOf(step)} twice.";
            end = (int)_reader.BytesConsumed;
        }

        return found ?? new SamplePlace(
            end, 0, (isEmpty ? "" : ",") + NameOf(step) + Opening(step + 1), Closing(step + 1), IsNamed: false, Count: null);
    }

    private SamplePlace AtValue(int step)
    {
        var (start, isLast) = ((int)_reader.TokenStartIndex, step + 1 == _field.Segments.Count);
        if (_reader.TokenType == JsonTokenType.Null)
        {
            // To ISL null is as good as nothing.
            return new SamplePlace(start, (int)_reader.BytesConsumed - start, Opening(step + 1), Closing(step + 1), false, null);
        }

        if (isLast)
        {
            var isCount = _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt32(out var number) && number > 0;
            var count = isCount ? _reader.GetInt32() : (int?)null;
            _reader.Skip();
            return new SamplePlace(start, (int)_reader.BytesConsumed - start, "", "", IsNamed: true, count);
        }

        if (_reader.TokenType == JsonTokenType.StartObject) return InObject(step + 1);
        _fault = $"The body's {PathOf(step)} is no object.";
        return default;
    }

    private readonly string NameOf(int step) => JsonSerializer.Serialize(_field.Segments[step]) + ":";

    /// <summary>The objects that are missing from a step on.</summary>
    private readonly string Opening(int step)
    {
        var text = new StringBuilder();
        for (; step < _field.Segments.Count; step++) text.Append('{').Append(NameOf(step));
        return text.ToString();
    }

    private readonly string Closing(int step) => new('}', _field.Segments.Count - step);

    private readonly string PathOf(int step) => JsonTrail.PointerOf(_field.Segments.Take(step + 1));
}
