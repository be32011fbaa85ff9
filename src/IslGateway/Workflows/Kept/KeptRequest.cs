using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Workflows.Kept;

/// <summary>
/// A request that callers have sent, as it stood when it was looked for. It stays as it is, whatever becomes of its place.
/// </summary>
internal sealed record KeptRequest
{
    /// <summary>The row, a <c>Deterministic</c> one.</summary>
    public required EndpointRow Row { get; init; }

    /// <summary>The method upstream: a <c>QUERY</c> is a <c>POST</c> here.</summary>
    public required string Method { get; init; }

    /// <summary>Raw path and query.</summary>
    public required string Target { get; init; }

    /// <summary><c>http</c>, or <c>https</c> where its caller came by TLS, which is part of the key.</summary>
    public required string Scheme { get; init; }

    /// <summary>The row's key headers, and no others.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The plain bytes of the caller.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>How often it was asked, of which each <see cref="KeptHeat.HalfLife"/> takes half.</summary>
    public double Count { get; init; }

    /// <summary>How long ISL took for the answer, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>What keeping its answer is worth: ISL's seconds that callers would else have spent lately.</summary>
    public double Worth => Count * Seconds;

    /// <summary>Digest of the credential that its entry belongs to; the default where all callers share one.</summary>
    public required Digest Owner { get; init; }

    /// <summary>Digest of the question, without who asks it and ISL's epoch.</summary>
    public required Digest Question { get; init; }

    /// <summary>Digest of the epoch under which its answer was last seen stored.</summary>
    public Digest Epoch { get; init; }

    /// <summary>Nothing of what the caller sent.</summary>
    public override string ToString() => Row.Name;
}
