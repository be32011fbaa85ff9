using System.Buffers;
using System.Text.Json;
using IslGateway.Settings.Reading;
using Microsoft.Extensions.Primitives;

namespace IslGateway.Operations.Explain;

/// <summary>
/// Reads the body of an explain call, token by token: what it costs is its own size and the bytes of bodies that come as texts.
/// <code>
/// call    = request / { "requests": [ request, request ] }
/// request = { "path": text, "method"?: text, "scheme"?: "http" / "https", "headers"?: { name: text / [ text … ] }, body? }
/// body    = "body": value           the value's own bytes, duplicate keys and all
///         / "body_text": text       the body that the text is: for one that is not JSON
///         / "body_base64": text     the bytes on the wire, of a compressed body say
/// </code>
/// </summary>
internal static class ExplainReader
{
    private const int MostRequests = 2;

    /// <summary>An explained body may be deeper than any that is cached.</summary>
    private const int MaxDepth = 1_000_000;

    private const string Both = "Of body, body_text and body_base64 a request has one.";

    /// <summary>The characters of a header's value: a byte each, without controls but the tab.</summary>
    private static readonly SearchValues<char> ValueCharacters =
        SearchValues.Create([.. Enumerable.Range(0, 256).Select(code => (char)code).Where(c => c is '\t' or >= ' ' and not '\x7f')]);

    /// <summary>The one or two requests.</summary>
    /// <exception cref="FormatException">Says what is wrong with the call.</exception>
    public static IReadOnlyList<ExplainedRequest> Read(ReadOnlyMemory<byte> call)
    {
        try
        {
            var reader = new Utf8JsonReader(call.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new FormatException("The body is no JSON object.");
            var requests = ReadCall(ref reader, call);
            if (reader.Read()) throw new FormatException("The body goes on after its JSON object.");
            return requests;
        }
        catch (JsonException e)
        {
            var (line, column) = (e.LineNumber.GetValueOrDefault() + 1, e.BytePositionInLine.GetValueOrDefault());
            throw new FormatException(
                $"The body is not JSON: line {line}, byte {column}. A request's body that is not JSON goes into body_text.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("A text holds half of a surrogate pair.", e);
        }
    }

    private static List<ExplainedRequest> ReadCall(ref Utf8JsonReader reader, ReadOnlyMemory<byte> call)
    {
        var peek = reader;
        peek.Read();
        if (peek.TokenType != JsonTokenType.PropertyName || !peek.ValueTextEquals("requests"u8)) return [ReadRequest(ref reader, call)];
        reader = peek;
        Expect(ref reader, JsonTokenType.StartArray, "requests is a list of two requests.");
        var requests = new List<ExplainedRequest>(MostRequests);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw new FormatException("Each of requests is an object.");
            requests.Add(ReadRequest(ref reader, call));
            if (requests.Count > MostRequests) break;
        }

        if (requests.Count != MostRequests) throw new FormatException("requests holds exactly two requests, to compare.");
        Expect(ref reader, JsonTokenType.EndObject, "Beside requests there is nothing.");
        return requests;
    }

    private static ExplainedRequest ReadRequest(ref Utf8JsonReader reader, ReadOnlyMemory<byte> call)
    {
        var (request, hasBody) = (new ExplainedRequest(), false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            switch (name)
            {
                case "path":
                    request.Path = Text(ref reader, name);
                    break;
                case "method":
                    request.Method = Text(ref reader, name);
                    break;
                case "scheme":
                    request.Scheme = Text(ref reader, name);
                    break;
                case "headers":
                    ReadHeaders(ref reader, request.Headers);
                    break;
                case "body" or "body_text" or "body_base64":
                    if (hasBody) throw new FormatException(Both);
                    hasBody = true;
                    request.Body = ReadBody(ref reader, name, call);
                    request.IsOnTheWire = name == "body_base64";
                    break;
                default:
                    throw new FormatException(
                        $"'{Shown(name)}' is none of path, method, scheme, headers, body, body_text and body_base64.");
            }
        }

        return Checked(request);
    }

    private static ExplainedRequest Checked(ExplainedRequest request) =>
        request.Path.Length == 0 ? throw new FormatException("path is missing: ISL's path, with its query if it has one.")
        : request.Path[0] != '/' ? throw new FormatException("path begins with a slash, such as /api/v1/causal/validate.")
        : !Grammar.IsToken(request.Method) ? throw new FormatException("method is no HTTP method.")
        : request.Scheme is not ("http" or "https") ? throw new FormatException("scheme is http or https.")
        : request;

    private static void ReadHeaders(ref Utf8JsonReader reader, IHeaderDictionary headers)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new FormatException("headers is an object of names and values.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!Grammar.IsToken(name)) throw new FormatException($"'{Shown(name)}' is no header's name.");
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                Add(ref reader, headers, name);
                continue;
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) Add(ref reader, headers, name);
        }
    }

    /// <summary>The value is never shown: it may be a credential.</summary>
    private static void Add(ref Utf8JsonReader reader, IHeaderDictionary headers, string name)
    {
        var value = Text(ref reader, $"headers.{name}").Trim(' ', '\t');
        if (value.AsSpan().ContainsAnyExcept(ValueCharacters))
            throw new FormatException($"headers.{name} holds a character that no header's value may.");
        headers[name] = StringValues.Concat(headers[name], value);
    }

    private static ReadOnlyMemory<byte> ReadBody(ref Utf8JsonReader reader, string name, ReadOnlyMemory<byte> call)
    {
        if (name == "body")
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            return call[start..(int)reader.BytesConsumed];
        }

        if (reader.TokenType != JsonTokenType.String) throw new FormatException($"{name} is a text.");
        if (name == "body_base64")
            return reader.TryGetBytesFromBase64(out var bytes) ? bytes : throw new FormatException("body_base64 is not base64.");
        var text = new byte[reader.ValueSpan.Length];
        return text.AsMemory(0, reader.CopyString(text));
    }

    private static string Text(ref Utf8JsonReader reader, string name) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new FormatException($"{name} is a text.");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string rule)
    {
        if (!reader.Read() || reader.TokenType != type) throw new FormatException(rule);
    }

    private static string Shown(string name) => name.Length <= 40 ? name : name[..40] + "…";
}
