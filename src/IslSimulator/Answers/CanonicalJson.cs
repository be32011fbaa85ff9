using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IslSimulator.Answers;

/// <summary>
/// A parsed body as Python sees it: no white space; of duplicate keys the last value, at the place of the first; integers exact; floats by
/// value; keys sorted by code unit, or in their own order.
/// </summary>
internal static class CanonicalJson
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = 2000,
    };

    public static byte[] Write(JsonElement value, bool sorted, params string[] withoutTopLevel)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, Options);
        Write(writer, value, sorted, withoutTopLevel);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value, bool sorted, string[] without)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var (name, member) in Members(value, sorted))
                {
                    if (without.Contains(name)) continue;
                    writer.WritePropertyName(name);
                    Write(writer, member, sorted, []);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(writer, item, sorted, []);
                writer.WriteEndArray();
                break;
            case JsonValueKind.Number:
                writer.WriteRawValue(Number(value.GetRawText()), skipInputValidation: true);
                break;
            case JsonValueKind.Undefined:
                writer.WriteNullValue();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    /// <summary>The members of an object as a Python dict holds them.</summary>
    public static IEnumerable<KeyValuePair<string, JsonElement>> Members(JsonElement value, bool sorted)
    {
        var members = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject()) members[member.Name] = member.Value;
        return sorted ? members.OrderBy(static member => member.Key, StringComparer.Ordinal) : members;
    }

    private static string Number(string raw)
    {
        if (raw.AsSpan().IndexOfAny(".eE") < 0) return raw == "-0" ? "0" : raw;
        var value = double.Parse(raw, CultureInfo.InvariantCulture);
        // ISL's arithmetic fails on infinities, as an unhandled error.
        if (!double.IsFinite(value)) throw new NotFiniteNumberException(value);
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny(".E") < 0 ? text + ".0" : text;
    }
}
