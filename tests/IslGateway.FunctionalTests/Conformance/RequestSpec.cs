using System.Text.Json;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>A request, byte by byte. What it leaves out is taken from its file's <c>request</c>.</summary>
internal sealed record RequestSpec
{
    public string? Method { get; init; }

    /// <summary>As it stands on the request line.</summary>
    public string? Target { get; init; }

    /// <summary>Name and value of each line, in this order, one byte per character; the file's come first.</summary>
    public IReadOnlyList<string[]>? Headers { get; init; }

    /// <summary>Empty: no such header. <c>application/json</c> unless said otherwise.</summary>
    public string? ContentType { get; init; }

    /// <summary>A JSON value, sent exactly as it is spelt in the file.</summary>
    public JsonElement? Body { get; init; }

    /// <summary>A body that is not JSON, or not JSON that a file could hold; UTF-8.</summary>
    public string? Text { get; init; }

    /// <summary>A body in hexadecimal digits.</summary>
    public string? Hex { get; init; }

    /// <summary>Blanks put behind the body, before it is packed.</summary>
    public int? Pad { get; init; }

    /// <summary>Codings put on the body one after the other; the label is a header as any other.</summary>
    public IReadOnlyList<BodyCoding>? Pack { get; init; }

    /// <summary>Bytes cut off the end of the packed body.</summary>
    public int? Cut { get; init; }

    /// <summary>Hexadecimal digits put behind the packed body.</summary>
    public string? Append { get; init; }

    /// <summary>The whole message, one byte per character; nothing is added to it.</summary>
    public string? Raw { get; init; }
}
