using System.Net;
using IslGateway.Caching;

namespace IslGateway.Workflows.Inner;

/// <summary>A request of the data plane that comes from no socket.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Target">Path and query as they would stand on a request line.</param>
/// <param name="Headers">All headers but those of framing.</param>
/// <param name="Body">The plain body; it must stay until the request has ended. Null: there is none.</param>
internal sealed record InnerRequest(string Method, string Target, IHeaderDictionary Headers, ReadOnlyMemory<byte>? Body)
{
    /// <summary><c>http</c>, or <c>https</c> for a caller that came by TLS, which is part of the key.</summary>
    public string Scheme { get; init; } = Uri.UriSchemeHttp;

    /// <summary>The protocol that its caller speaks.</summary>
    public string Protocol { get; init; } = HttpProtocol.Http11;

    /// <summary>The caller's address; null where the gateway asks for itself.</summary>
    public IPAddress? RemoteAddress { get; init; }

    /// <summary>What it may take, if the gateway asks for itself; null: a caller waits for it.</summary>
    public BackgroundRequest? Background { get; init; }

    /// <summary>The most bytes of the answer to keep; 0: only what it was, and not its body.</summary>
    public long MaxAnswerSize { get; init; }
}
