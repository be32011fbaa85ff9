using IslGateway.Caching;

namespace IslGateway.Edge;

/// <summary>
/// A path of the gateway's own on the data plane, served for POST. Edge defines it so that a workflow can serve one without Edge knowing
/// the workflow.
/// </summary>
internal interface IGatewayEndpoint
{
    /// <summary>Its path, under <c>/gateway/</c>.</summary>
    string Path { get; }

    /// <summary>Answers a call, or makes it fail.</summary>
    Task ServeAsync(CacheContext context);
}
