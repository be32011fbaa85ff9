using IslGateway.Caching;
using IslGateway.Edge;

namespace IslGateway.Workflows.Batch;

/// <summary><c>POST /gateway/v1/batch</c>: many requests in one.</summary>
internal sealed class BatchEndpoint(BatchCalls calls) : IGatewayEndpoint
{
    public string Path => "/gateway/v1/batch";

    public Task ServeAsync(CacheContext context) => calls.ServeAsync(
        context, static (text, settings, out problem) => BatchItems.Read(text, settings.Batch.MaxItems, out problem));
}
