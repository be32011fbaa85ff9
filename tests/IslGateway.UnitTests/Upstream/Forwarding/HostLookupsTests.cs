using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using IslGateway.Upstream.Forwarding;

namespace IslGateway.UnitTests.Upstream.Forwarding;

public sealed class HostLookupsTests
{
    private static readonly IPAddress[] Found = [IPAddress.Parse("10.0.0.1"), IPAddress.Parse("::1")];
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly Channel<TaskCompletionSource<IPAddress[]>> _begun = Channel.CreateUnbounded<TaskCompletionSource<IPAddress[]>>();
    private readonly HostLookups _names;

    public HostLookupsTests() => _names = new HostLookups(LookUp);

    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AddressesOfAsync_ManyWhoWait_ShareOneLookup()
    {
        var waiting = Enumerable.Range(0, 40).Select(i => _names.AddressesOfAsync(i % 2 == 0 ? "isl" : "ISL", Patience)).ToList();
        (await BegunAsync()).SetResult(Found);
        Assert.All(await Task.WhenAll(waiting).WaitAsync(Soon, Patience), addresses => Assert.Same(Found, addresses));
        Assert.Equal(0, _begun.Reader.Count);
    }

    [Fact]
    public async Task AddressesOfAsync_OtherNames_DoNotWaitForEachOther()
    {
        _ = _names.AddressesOfAsync("slow", Patience);
        await BegunAsync();
        var quick = _names.AddressesOfAsync("quick", Patience);
        (await BegunAsync()).SetResult(Found);
        Assert.Same(Found, await quick.WaitAsync(Soon, Patience));
    }

    [Fact]
    public async Task AddressesOfAsync_OneLeaves_TheOthersKeepTheLookup()
    {
        using var leaver = new CancellationTokenSource();
        var leaves = _names.AddressesOfAsync("isl", leaver.Token);
        var stays = _names.AddressesOfAsync("isl", Patience);
        var lookup = await BegunAsync();
        await leaver.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves.WaitAsync(Soon, Patience));
        Assert.False(stays.IsCompleted);
        lookup.SetResult(Found);
        Assert.Same(Found, await stays.WaitAsync(Soon, Patience));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AddressesOfAsync_AfterALookup_MakesAnother(bool fails)
    {
        var first = _names.AddressesOfAsync("isl", Patience);
        var lookup = await BegunAsync();
        if (fails) lookup.SetException(new SocketException((int)SocketError.HostNotFound));
        else lookup.SetResult([]);
        if (fails) await Assert.ThrowsAsync<SocketException>(() => first.WaitAsync(Soon, Patience));
        else Assert.Empty(await first.WaitAsync(Soon, Patience));

        var second = _names.AddressesOfAsync("isl", Patience);
        (await BegunAsync()).SetResult(Found);
        Assert.Same(Found, await second.WaitAsync(Soon, Patience));
    }

    [Fact]
    public async Task AddressesOfAsync_LookupThatNeverEnds_IsTheOnlyOneAndHoldsNobody()
    {
        _ = _names.AddressesOfAsync("isl", Patience);
        await BegunAsync();
        for (var i = 0; i < 40; i++)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(1));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => _names.AddressesOfAsync("isl", patience.Token).WaitAsync(Soon, Patience));
        }

        Assert.Equal(0, _begun.Reader.Count);
    }

    private Task<IPAddress[]> LookUp(string host)
    {
        var lookup = new TaskCompletionSource<IPAddress[]>();
        _begun.Writer.TryWrite(lookup);
        return lookup.Task;
    }

    /// <summary>Waits for the next lookup to begin.</summary>
    private Task<TaskCompletionSource<IPAddress[]>> BegunAsync() => _begun.Reader.ReadAsync(Patience).AsTask().WaitAsync(Soon, Patience);
}
