using IslGateway.Upstream.Forwarding;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace IslGateway.UnitTests.Upstream.Forwarding;

public sealed class LastKnownGoodResolverTests
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly Names _names = new();
    private readonly LastKnownGoodResolver _resolver;

    public LastKnownGoodResolverTests() =>
        _resolver = new LastKnownGoodResolver(_names, Again, _time, NullLogger<LastKnownGoodResolver>.Instance);

    [Fact]
    public async Task ResolveDestinationsAsync_NameThatNeverResolved_HasNoReplicasAndIsAskedAgain()
    {
        var resolved = await ResolveAsync();
        Assert.Empty(resolved.Destinations);
        Assert.False(resolved.ChangeToken!.HasChanged);
        _time.Advance(Again);
        Assert.True(resolved.ChangeToken.HasChanged);
    }

    [Fact]
    public async Task ResolveDestinationsAsync_NameThatResolvesNoMore_KeepsItsReplicasUntilItDoes()
    {
        _names.Addresses = ["http://10.0.0.1", "http://10.0.0.2"];
        Assert.Equal(_names.Addresses, await AddressesAsync());
        _names.Addresses = null;
        Assert.Equal(["http://10.0.0.1", "http://10.0.0.2"], await AddressesAsync());
        _names.Addresses = ["http://10.0.0.3"];
        Assert.Equal(_names.Addresses, await AddressesAsync());
    }

    private async Task<IEnumerable<string>> AddressesAsync() =>
        (await ResolveAsync()).Destinations.Values.Select(destination => destination.Address).Order();

    private Task<ResolvedDestinationCollection> ResolveAsync() =>
        _resolver.ResolveDestinationsAsync(new Dictionary<string, DestinationConfig>(), TestContext.Current.CancellationToken).AsTask();

    private sealed class Names : IDestinationResolver
    {
        public string[]? Addresses { get; set; }

        public ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
            IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken) =>
            Addresses is null
                ? throw new InvalidOperationException("Failed to resolve the host.")
                : ValueTask.FromResult(
                    new ResolvedDestinationCollection(Addresses.ToDictionary(a => a, a => new DestinationConfig { Address = a }), null));
    }
}
