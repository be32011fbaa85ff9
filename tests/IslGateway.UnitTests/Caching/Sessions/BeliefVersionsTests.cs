using IslGateway.Caching.Keys;
using IslGateway.Caching.Sessions;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace IslGateway.UnitTests.Caching.Sessions;

public sealed class BeliefVersionsTests : IDisposable
{
    private static readonly Digest Ann = Digest.Of("ann"u8);
    private static readonly Digest Bob = Digest.Of("bob"u8);

    private readonly LiveSettings _settings = new();
    private readonly BeliefVersions _versions;

    public BeliefVersionsTests() => _versions = In("Development");

    [Fact]
    public void Current_NothingRaised_StaysAndIsEachUsersOwn()
    {
        Assert.Equal(_versions.Current(Ann), _versions.Current(Ann));
        Assert.NotEqual(_versions.Current(Ann), _versions.Current(Bob));
    }

    [Fact]
    public void Current_AnotherProcess_IsAnother() => Assert.NotEqual(_versions.Current(Ann), In("Development").Current(Ann));

    [Fact]
    public void Raise_User_ReplacesOnlyTheirs()
    {
        var (ann, bob) = (_versions.Current(Ann), _versions.Current(Bob));

        _versions.Raise([Ann]);

        Assert.NotEqual(ann, _versions.Current(Ann));
        Assert.Equal(bob, _versions.Current(Bob));
    }

    [Fact]
    public void Raise_UserUnknown_ReplacesEveryones()
    {
        var (ann, bob) = (_versions.Current(Ann), _versions.Current(Bob));

        _versions.Raise(null);

        Assert.NotEqual(ann, _versions.Current(Ann));
        Assert.NotEqual(bob, _versions.Current(Bob));
    }

    [Fact]
    public void Raise_Nobody_ReplacesNothing()
    {
        var ann = _versions.Current(Ann);
        _versions.Raise([]);
        Assert.Equal(ann, _versions.Current(Ann));
    }

    [Fact]
    public void Raise_Often_NeverComesBack()
    {
        var seen = new HashSet<Digest>();
        for (var i = 0; i < 1_000; i++)
        {
            Assert.True(seen.Add(_versions.Current(Ann)));
            _versions.Raise(i % 2 == 0 ? [Ann] : null);
        }
    }

    [Theory]
    [InlineData("Development", null, null, true)]
    [InlineData("Development", "localhost:6379", null, false)]
    [InlineData("Development", "localhost:6379", "true", true)]
    [InlineData("Production", null, null, false)]
    [InlineData("Production", null, "true", true)]
    [InlineData("Production", "redis:6379", "false", false)]
    public void AreSafe_OnlyWhereThereIsOneGateway(string environment, string? redis, string? alone, bool expected)
    {
        using var settings = new LiveSettings(("ConnectionStrings:Redis", redis), ("Cache:SingleInstance", alone));
        Assert.Equal(expected, new BeliefVersions(settings.Monitor, new Place(environment)).AreSafe);
    }

    public void Dispose() => _settings.Dispose();

    private BeliefVersions In(string environment) => new(_settings.Monitor, new Place(environment));

    private sealed class Place(string environment) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = environment;

        public string ApplicationName { get; set; } = "tests";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
