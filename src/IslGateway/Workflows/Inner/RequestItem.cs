using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using IslGateway.Endpoints;
using IslGateway.Settings.Reading;

namespace IslGateway.Workflows.Inner;

/// <summary>
/// A request as one JSON object: an item of a batch, a line to warm with. Its body is the part of the text as it stands there.
/// <code>
///   {"id":…, "method":"POST", "path":"/api/v1/…", "headers":{"Name":"value",…}, "body":…}
/// </code>
/// Only <c>path</c> must be there; the method is <c>POST</c> unless named. <c>null</c> for an id, a method or headers is none, as clients
/// write what they leave out. The performance guide's own lists call path and body
/// <c>endpoint</c> and <c>payload</c>.
/// </summary>
internal sealed class RequestItem
{
    /// <summary>The deepest nesting that is read; what is deeper cannot be keyed either.</summary>
    private const int MaxDepth = 1_000;

    private const int LongestId = 256;

    private static readonly string[] Known = ["id", "method", "path", "headers", "body"];

    private RequestItem()
    {
    }

    /// <summary>How JSON is read here.</summary>
    public static JsonReaderOptions Reading { get; } = new() { MaxDepth = MaxDepth };

    /// <summary>The raw JSON of its id, a text or a number; empty where it has none.</summary>
    public ReadOnlyMemory<byte> Id { get; private set; }

    public string Method { get; private set; } = HttpMethods.Post;

    /// <summary>Path and query.</summary>
    public string Path { get; private set; } = "";

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; private set; } = [];

    /// <summary>The raw JSON of its body; null where it has none.</summary>
    public ReadOnlyMemory<byte>? Body { get; private set; }

    /// <summary>One that was no text.</summary>
    public static RequestItem Of(
        string method, string path, IReadOnlyList<KeyValuePair<string, string>> headers, ReadOnlyMemory<byte>? body) =>
        new() { Method = method, Path = path, Headers = headers, Body = body };

    /// <summary>Reads one.</summary>
    /// <param name="json">The object's text and nothing else; it must stay as long as the item.</param>
    /// <param name="item">What it says; of a wrong one, its id at least, if it has one.</param>
    /// <returns>What is wrong with it; null: nothing.</returns>
    public static string? TryRead(ReadOnlyMemory<byte> json, out RequestItem item)
    {
        item = new RequestItem();
        var trouble = item.Read(json);
        if (trouble is not null && item.Id.IsEmpty) item.FindId(json);
        return trouble;
    }

    private string? Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json.Span, Reading);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return "It is no JSON object.";
            var trouble = ReadMembers(ref reader, json);
            if (trouble is not null) return trouble;
            if (reader.Read()) return "Something follows the JSON object.";
            return Path.Length == 0 ? "It has no \"path\"." : null;
        }
        catch (JsonException e)
        {
            return $"It is no valid JSON (byte {e.BytePositionInLine + 1}).";
        }
        catch (InvalidOperationException)
        {
            return "A text in it is no valid UTF-8 or UTF-16.";
        }
    }

    /// <summary>The id of a request with which something is wrong before it.</summary>
    private void FindId(ReadOnlyMemory<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json.Span, Reading);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isId = reader.ValueTextEquals("id"u8);
                reader.Read();
                if (isId && reader.TokenType is JsonTokenType.String or JsonTokenType.Number)
                {
                    var id = SliceOf(ref reader, json);
                    if (id.Length <= LongestId && Utf8.IsValid(id.Span)) Id = id;
                    return;
                }

                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // It goes without.
        }
    }

    private string? ReadMembers(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        var seen = new bool[Known.Length];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var given = reader.GetString()!;
            var name = given switch { "endpoint" => "path", "payload" => "body", _ => given };
            var place = Array.IndexOf(Known, name);
            if (place < 0) return $"\"{Shown(given)}\" is no member of a request: there are {string.Join(", ", Known)}.";
            if (seen[place]) return $"\"{name}\" stands there twice.";
            seen[place] = true;
            if (ReadMember(ref reader, json, name) is { } trouble) return trouble;
        }

        return null;
    }

    private string? ReadMember(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, string name)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null && name is "id" or "method" or "headers") return null;
        switch (name)
        {
            case "id":
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number)) return "\"id\" must be a text or a number.";
                var id = SliceOf(ref reader, json);
                if (id.Length > LongestId) return $"\"id\" is longer than {LongestId} bytes.";
                if (!Utf8.IsValid(id.Span)) return "\"id\" is no valid UTF-8.";
                Id = id;
                return null;
            case "method":
                Method = TextOf(ref reader) ?? "";
                return Grammar.IsToken(Method) && HttpMethods.GetCanonicalizedValue(Method) == Method
                    ? null
                    : "\"method\" must be an HTTP method in capitals.";
            case "path":
                Path = TextOf(ref reader) ?? "";
                return Path.StartsWith('/') && RawTarget.IsWellFormed(Path)
                    ? null
                    : "\"path\" must be a path of ISL: '/' first, and what no request line can hold percent-encoded.";
            case "headers":
                return ReadHeaders(ref reader);
            default:
                Body = SliceOf(ref reader, json);
                return null;
        }
    }

    private string? ReadHeaders(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return "\"headers\" must be an object of texts.";
        var headers = new List<KeyValuePair<string, string>>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (!Grammar.IsToken(name)) return $"\"{Shown(name)}\" cannot be the name of a header.";
            if (TextOf(ref reader) is not { } value || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                return $"The value of the header {Shown(name)} must be a text of visible ASCII and blanks.";
            headers.Add(new(name, value.Trim(' ')));
        }

        Headers = headers;
        return null;
    }

    private static string? TextOf(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String ? reader.GetString() : null;

    /// <summary>The value at which the reader stands, which it is moved to the end of.</summary>
    private static ReadOnlyMemory<byte> SliceOf(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    /// <summary>A name as an error may repeat it: printable ASCII, 40 characters at most.</summary>
    private static string Shown(string name)
    {
        var shown = new StringBuilder();
        foreach (var character in name.Take(40)) shown.Append(character is >= ' ' and <= '~' and not '"' ? character : '?');
        return shown.ToString();
    }
}
