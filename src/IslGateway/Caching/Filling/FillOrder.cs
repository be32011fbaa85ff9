using System.Diagnostics;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Keys;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Filling;

/// <summary>Everything that a fill needs of the caller who started it; nothing in it is the caller's to take back.</summary>
internal sealed record FillOrder
{
    public required EndpointRow Row { get; init; }

    public required UpstreamCall Call { get; init; }

    public required string RequestId { get; init; }

    public required Credential Credential { get; init; }

    /// <summary>Composes the key under an epoch: which one the answer belongs to is known only when it is there.</summary>
    public required Func<Digest, Digest> KeyUnder { get; init; }

    /// <summary>Whether the beliefs that the key names are still the latest; always true but for sessions.</summary>
    public required Func<ValueTask<bool>> IsCurrent { get; init; }

    /// <summary>Whether a copy that another fill has just stored will do.</summary>
    public required bool AcceptsStored { get; init; }

    /// <summary>Whether the answer may be stored at all.</summary>
    public required bool MayStore { get; init; }

    /// <summary>The caller's span: the parent, by its ids, of the fill's.</summary>
    public Activity? Parent { get; init; }
}
