using IslGateway.Endpoints;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace IslGateway.UnitTests.Endpoints;

public sealed class ShippedTableTests
{
    /// <summary>It answers as .NET's own provider of the same keys does, at every depth and in any case.</summary>
    [Fact]
    public void ChildKeys_OfEveryKey_AreThoseOfDotNetsProvider()
    {
        var table = new ConfigurationBuilder().AddShippedEndpoints().Build();
        var own = table.Providers.Single();
        var dotNets = new MemoryConfigurationProvider(new MemoryConfigurationSource { InitialData = Values(table) });
        string?[] parents = [null, "nothing", "Endpoints:Heal", .. Values(table).Keys.SelectMany(Prefixes).Distinct()];
        Assert.True(parents.Length > 300);
        Assert.All(parents, parent =>
        {
            string[] earlier = ["10", "Zebra", "9"];
            Assert.Equal(dotNets.GetChildKeys(earlier, parent).Distinct(), own.GetChildKeys(earlier, parent).Distinct());
            Assert.Equal(dotNets.GetChildKeys([], parent?.ToUpperInvariant()).Distinct(), own.GetChildKeys([], parent?.ToUpperInvariant()));
        });
    }

    [Fact]
    public void Key_SetLater_IsAmongTheChildren()
    {
        var table = new ConfigurationBuilder().AddShippedEndpoints().Build();
        Assert.NotEmpty(table.GetChildren());
        table["Endpoints:New:Path"] = "/new";
        Assert.Equal(["Path"], table.GetSection("Endpoints:New").GetChildren().Select(child => child.Key));
    }

    private static Dictionary<string, string?> Values(IConfigurationRoot table) =>
        table.AsEnumerable().Where(entry => entry.Value is not null).ToDictionary();

    private static IEnumerable<string> Prefixes(string key)
    {
        for (var end = key.IndexOf(':', StringComparison.Ordinal); end >= 0; end = key.IndexOf(':', end + 1)) yield return key[..end];
        yield return key;
    }
}
