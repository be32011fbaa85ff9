using IslGateway.Settings;

namespace IslGateway.UnitTests.Settings;

public sealed class MemoryPlanTests : IDisposable
{
    private const long Gibibyte = 1L << 30;

    private readonly DirectoryInfo _cgroups = Directory.CreateTempSubdirectory();

    public void Dispose() => _cgroups.Delete(recursive: true);

    [Theory]
    [InlineData("memory.max", "1073741824\n", Gibibyte)]
    [InlineData("memory.max", "max\n", MemoryPlan.Unlimited)]
    [InlineData("memory.max", "", MemoryPlan.Unlimited)]
    [InlineData("memory/memory.limit_in_bytes", "1073741824\n", Gibibyte)]
    [InlineData("memory/memory.limit_in_bytes", "9223372036854771712\n", MemoryPlan.Unlimited)]
    [InlineData("something/else", "1073741824\n", MemoryPlan.Unlimited)]
    public void ContainerLimit_EitherVersionOfCgroups_IsReadWhereThereIsOne(string name, string text, long limit)
    {
        var path = Path.Combine(_cgroups.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);

        Assert.Equal(limit, MemoryPlan.ContainerLimit(_cgroups.FullName));
    }

    [Theory]
    [InlineData(1000, 900, 1000)]
    [InlineData(1000, 899, 1000)]
    [InlineData(1000, 750, 750)]
    [InlineData(1000, 256, 256)]
    [InlineData(MemoryPlan.Unlimited, 4000, 4000)]
    [InlineData(1000, MemoryPlan.Unlimited, 1000)]
    [InlineData(MemoryPlan.Unlimited, MemoryPlan.Unlimited, MemoryPlan.Unlimited)]
    public void LimitOf_ContainerAndCollector_TheContainersUnlessTheCollectorWasGivenLess(long container, long heap, long limit) =>
        Assert.Equal(Bytes(limit), MemoryPlan.LimitOf(Bytes(container), Bytes(heap)));

    [Theory]
    [InlineData(100, 100, 343, 275, true)]
    [InlineData(100, 100, 343, 271, false)]
    [InlineData(100, 100, 343, 308, true)]
    [InlineData(100, 100, 342, 308, false)]
    public void Fits_AllInTheLimitAndTheCollectorsPartInItsOwn(long cache, long buffers, long limit, long heap, bool fits) =>
        Assert.Equal(fits, new MemoryPlan(Bytes(cache), Bytes(buffers), Bytes(limit) + (1 << 19), Bytes(heap)).Fits);

    [Fact]
    public void ToString_TheCollectorHasLess_NamesBoth() =>
        Assert.Equal(
            "344 MiB needed, 1000 MiB there, 900 MiB of them for .NET's heap "
            + "(needed: cache 100 MiB by Cache:Memory:SizeLimit, buffers 100 MiB by Limits:MaxBufferedBytes, the process itself 144 MiB)",
            new MemoryPlan(Bytes(100), Bytes(100), Bytes(1000), Bytes(900)).ToString());

    [Fact]
    public void ToString_NoLimitKnown_SaysSo() =>
        Assert.StartsWith(
            "344 MiB needed, limit unknown (needed: cache 100 MiB", new MemoryPlan(Bytes(100), Bytes(100), MemoryPlan.Unlimited).ToString(),
            StringComparison.Ordinal);

    [Fact]
    public void Needed_KeptRequests_CountAndAreNamed()
    {
        var plan = new MemoryPlan(Bytes(100), Bytes(100), Bytes(344), Bytes(336)) { Kept = Bytes(64) };

        Assert.False(plan.Fits);
        Assert.True((plan with { Limit = Bytes(408) }).Fits);
        Assert.False((plan with { Limit = Bytes(408), Heap = Bytes(335) }).Fits);
        Assert.Contains("kept requests 64 MiB by Cache:KeepRequests", plan.ToString(), StringComparison.Ordinal);
    }

    private static long Bytes(long mebibytes) => mebibytes == MemoryPlan.Unlimited ? mebibytes : mebibytes << 20;
}
