using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;

namespace IslGateway.Upstream;

/// <summary>
/// A passed-through request as forwarding sees it: a feature of the request, so that Upstream does not depend on the cache.
/// </summary>
internal interface IPassedRequest
{
    /// <summary>Its row; null if none matches.</summary>
    EndpointRow? Row { get; }

    /// <summary>The settings in force when it came.</summary>
    GatewaySettings Settings { get; }

    /// <summary>The buffer budget that counts what is kept of it.</summary>
    BufferBudget Buffers { get; }

    /// <summary>The body, if the edge has read it; null if it is streamed.</summary>
    RequestBody? Body { get; }

    /// <summary>The error to answer with if it gets no answer.</summary>
    Problem? Unanswered { get; set; }

    /// <summary>Whether the answer broke off after it began, and not because the caller left.</summary>
    bool BrokeOff { set; }
}
