using IslGateway.Caching;
using IslGateway.Content;
using IslGateway.Edge;

namespace IslGateway.Workflows.Batch;

/// <summary><c>POST /gateway/v1/sweep</c>: one body, asked once for each way in which it is varied.</summary>
internal sealed class SweepEndpoint(BatchCalls calls, BufferBudget budget) : IGatewayEndpoint
{
    public string Path => "/gateway/v1/sweep";

    public Task ServeAsync(CacheContext context) => calls.ServeAsync(
        context, (text, settings, out problem) => SweepItems.Read(text, settings, budget, out problem));
}
