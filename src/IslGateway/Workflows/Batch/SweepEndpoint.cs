using IslGateway.Caching;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Edge;
using IslGateway.Endpoints;
using IslGateway.Workflows.Inner;

namespace IslGateway.Workflows.Batch;

/// <summary><c>POST /gateway/v1/sweep</c>: one body, asked once for each way in which it is varied.</summary>
internal sealed class SweepEndpoint(BatchCalls calls, BufferBudget budget, EndpointTable table, BodyMemo memo) : IGatewayEndpoint
{
    public string Path => "/gateway/v1/sweep";

    public Task ServeAsync(CacheContext context) => calls.ServeAsync(
        context, (text, settings, out problem) => SweepItems.Read(text, settings, budget, KeysOf, out problem));

    private MergedBodies? KeysOf(RequestItem request, ReadOnlyMemory<byte> shape) =>
        BatchCaller.RowOf(table, request) is { } row ? MergedBodies.Of(row, shape.Span, memo, budget.ForFills) : null;
}
