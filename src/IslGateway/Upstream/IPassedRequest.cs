using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;

namespace IslGateway.Upstream;

/// <summary>
/// A request that is passed through, as forwarding knows it: a feature of the request, so that what stands upstream need not know the
/// cache.
/// </summary>
internal interface IPassedRequest
{
    /// <summary>Its row; null: it matches none.</summary>
    EndpointRow? Row { get; }

    /// <summary>The settings in force when it came.</summary>
    GatewaySettings Settings { get; }

    /// <summary>Where what is kept of it counts.</summary>
    BufferBudget Buffers { get; }

    /// <summary>The body, if it has been read; otherwise it streams.</summary>
    RequestBody? Body { get; }

    /// <summary>The error that stands for the answer which it did not get.</summary>
    Problem? Unanswered { get; set; }

    /// <summary>The answer began and broke off, and not because the caller left.</summary>
    bool BrokeOff { set; }
}
