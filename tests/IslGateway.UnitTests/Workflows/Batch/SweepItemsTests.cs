using System.Text;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.UnitTests.Caching;
using IslGateway.Workflows.Batch;

namespace IslGateway.UnitTests.Workflows.Batch;

public sealed class SweepItemsTests : IDisposable
{
    private readonly LiveSettings _settings = new(("Endpoints:Plain:Path", "/p"), ("Endpoints:Plain:Cache", "Deterministic"));

    /// <summary>The base is read once: when a point is sent, its key is known already.</summary>
    [Fact]
    public void Open_EachPoint_HasItsKeyKnown()
    {
        var (memo, budget) = (new BodyMemo(_settings.Table), new BufferBudget(1 << 20));
        var text = """{"path":"/p","base":{"model":[1,2,3],"price":1},"vary":[{"price":2},{"price":3},{"price":null},7]}""";

        using (var items = SweepItems.Read(
            Encoding.UTF8.GetBytes(text), new GatewaySettings(), budget,
            (_, shape) => MergedBodies.Of(_settings.Row("Plain"), shape.Span, memo, budget), out _)!)
        {
            for (var index = 0; index < items.Count; index++) items.Open(index).Dispose();
        }

        Assert.Equal((3, 0L), (memo.Count, budget.InUse));
    }

    public void Dispose() => _settings.Dispose();
}
