using IslGateway.Endpoints;
using IslGateway.Redis.Sealing;
using IslGateway.Settings;
using IslGateway.UnitTests.Caching;
using IslGateway.UnitTests.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.UnitTests.Redis.Sealing;

public sealed class SealingKeysTests
{
    [Fact]
    public void Current_NoKeys_IsNothing()
    {
        using var settings = new LiveSettings();

        Assert.Null(new SealingKeys(settings.Monitor).Current);
    }

    [Fact]
    public void Current_ListInOneValue_HasTheFirstAsTheNewest()
    {
        using var settings = new LiveSettings(("Cache:EncryptionKeys", $"{Secrets.Text(2)}, {Secrets.Text(1)}"));
        var keys = new SealingKeys(settings.Monitor);

        Assert.Equal(Secrets.Ring(2).Newest.Id, keys.Current!.Newest.Id);
        Assert.NotNull(keys.Current.Find(Secrets.Ring(1).Newest.Id));
        Assert.Null(keys.Current.Find(Secrets.Ring(3).Newest.Id));
        Assert.Same(keys.Current, keys.Current);
    }

    [Fact]
    public void Current_Reloaded_FollowsAtOnce()
    {
        using var settings = new LiveSettings();
        var keys = new SealingKeys(settings.Monitor);

        settings.Reload("Cache:EncryptionKeys", Secrets.Text(1));
        Assert.Equal(Secrets.Ring(1).Newest.Id, keys.Current!.Newest.Id);
        settings.Reload("Cache:EncryptionKeys", $"{Secrets.Text(2)},{Secrets.Text(1)}");
        Assert.Equal(Secrets.Ring(2).Newest.Id, keys.Current!.Newest.Id);
        settings.Reload("Cache:EncryptionKeys", Secrets.Text(2));
        Assert.Null(keys.Current!.Find(Secrets.Ring(1).Newest.Id));
    }

    [Fact]
    public void Current_AllTakenAwayByAReload_StayInForce()
    {
        var configuration = Given.OverShipped(("Cache:EncryptionKeys", Secrets.Text(1)));
        using var monitor = new SettingsMonitor(
            new SettingsLoader(configuration, isDevelopment: true, EndpointRules.Check), NullLogger<SettingsMonitor>.Instance);
        var keys = new SealingKeys(monitor);

        configuration["Cache:EncryptionKeys"] = "";
        configuration.Reload();

        Assert.False(monitor.LastReloadSuccessful);
        Assert.Equal(Secrets.Ring(1).Newest.Id, keys.Current!.Newest.Id);
    }

    [Fact]
    public void Id_OfAKey_IsNoPartOfIt()
    {
        var id = Secrets.Ring(1).Newest.Id.ToArray();

        Assert.NotEqual(Secrets.Ring(2).Newest.Id.ToArray(), id);
        Assert.DoesNotContain(Enumerable.Range(0, 25), at => Convert.FromBase64String(Secrets.Text(1)).AsSpan(at, 8).SequenceEqual(id));
    }
}
