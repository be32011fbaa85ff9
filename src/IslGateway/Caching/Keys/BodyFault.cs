using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace IslGateway.Caching.Keys;

/// <summary>Why a body cannot be read exactly, for people: what is wrong, and where. Never any of its values.</summary>
/// <param name="What">What is wrong.</param>
/// <param name="At">JSON pointer to the place; null: the body as a whole, or a place that <paramref name="What"/> names.</param>
internal sealed record BodyFault(string What, string? At = null)
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = CanonicalBody.MaxDepth };

    /// <summary>The fault of a body that <see cref="CanonicalBody"/> has refused; the first one, if it has several.</summary>
    public static BodyFault Of(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty) return new BodyFault("The body is empty.");
        if (body.StartsWith(Encoding.UTF8.Preamble)) return new BodyFault("The body begins with a byte order mark.");
        if (!Utf8.IsValid(body)) return new BodyFault("The body is not UTF-8.");
        var places = new JsonTrail();
        try
        {
            var reader = new Utf8JsonReader(body, Options);
            while (reader.Read())
            {
                if (FaultAt(ref reader, places) is { } what) return new BodyFault(what, places.ToString());
            }
        }
        catch (JsonException e)
        {
            var (line, column) = (e.LineNumber.GetValueOrDefault() + 1, e.BytePositionInLine.GetValueOrDefault());
            return new BodyFault($"The body is not JSON, or deeper than {CanonicalBody.MaxDepth} levels: line {line}, byte {column}.");
        }

        return new BodyFault("The body cannot be read exactly.");
    }

    private static string? FaultAt(ref Utf8JsonReader reader, JsonTrail places)
    {
        try
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    return !places.Enter(reader.GetString()!) ? "A member's name is there twice."
                        : places.Members > CanonicalBody.MaxMembers
                            ? $"The body has more than {CanonicalBody.MaxMembers} members in objects that are open at once."
                        : null;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    places.Open(reader.TokenType == JsonTokenType.StartObject);
                    return null;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    places.Close();
                    return null;
                case JsonTokenType.Number:
                    places.Value();
                    return CanonicalWriter.IsExact(reader.ValueSpan)
                        ? null
                        : "A number is out of range: beyond a double, or an integer of more than 4,300 digits.";
                default:
                    places.Value();
                    if (reader.TokenType == JsonTokenType.String) _ = reader.GetString();
                    return null;
            }
        }
        catch (InvalidOperationException)
        {
            return "A text holds half of a surrogate pair.";
        }
    }
}
