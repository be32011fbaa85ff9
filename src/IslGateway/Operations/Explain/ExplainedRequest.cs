namespace IslGateway.Operations.Explain;

/// <summary>A request to explain, as a call of the operations API describes it.</summary>
internal sealed class ExplainedRequest
{
    /// <summary>The method, as on the request line.</summary>
    public string Method { get; set; } = HttpMethods.Post;

    /// <summary>The request target: raw path and query.</summary>
    public string Path { get; set; } = "";

    /// <summary><c>http</c> or <c>https</c>: over TLS the answer is stored apart.</summary>
    public string Scheme { get; set; } = Uri.UriSchemeHttp;

    /// <summary>The headers, each line a value.</summary>
    public IHeaderDictionary Headers { get; } = new HeaderDictionary();

    /// <summary>The bytes of the body.</summary>
    public ReadOnlyMemory<byte> Body { get; set; }

    /// <summary>Whether the bytes are those on the wire, in their content coding; else they are what the body decodes to.</summary>
    public bool IsOnTheWire { get; set; }
}
