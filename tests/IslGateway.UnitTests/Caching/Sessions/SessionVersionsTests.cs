using IslGateway.Caching.Sessions;
using IslGateway.Content;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace IslGateway.UnitTests.Caching.Sessions;

public sealed class SessionVersionsTests : IDisposable
{
    private static readonly Digest Ann = Digest.Of("ann"u8);
    private static readonly Digest Bob = Digest.Of("bob"u8);

    private readonly LiveSettings _settings = new();
    private readonly SessionVersions _versions;

    public SessionVersionsTests() => _versions = In("Development");

    [Fact]
    public async Task Current_NothingRaised_StaysAndIsEachUsersOwn()
    {
        Assert.Equal(await VersionAsync(_versions, Ann), await VersionAsync(_versions, Ann));
        Assert.NotEqual(await VersionAsync(_versions, Ann), await VersionAsync(_versions, Bob));
    }

    [Fact]
    public async Task Current_AnotherProcess_IsAnother() =>
        Assert.NotEqual(await VersionAsync(_versions, Ann), await VersionAsync(In("Development"), Ann));

    [Fact]
    public async Task Raise_User_ReplacesOnlyTheirs()
    {
        var (ann, bob) = (await VersionAsync(_versions, Ann), await VersionAsync(_versions, Bob));

        await _versions.RaiseAsync([Ann]);

        Assert.NotEqual(ann, await VersionAsync(_versions, Ann));
        Assert.Equal(bob, await VersionAsync(_versions, Bob));
    }

    [Fact]
    public async Task Raise_UserUnknown_ReplacesEveryones()
    {
        var (ann, bob) = (await VersionAsync(_versions, Ann), await VersionAsync(_versions, Bob));

        await _versions.RaiseAsync(null);

        Assert.NotEqual(ann, await VersionAsync(_versions, Ann));
        Assert.NotEqual(bob, await VersionAsync(_versions, Bob));
    }

    [Fact]
    public async Task Raise_Nobody_ReplacesNothing()
    {
        var ann = await VersionAsync(_versions, Ann);
        await _versions.RaiseAsync([]);
        Assert.Equal(ann, await VersionAsync(_versions, Ann));
    }

    [Fact]
    public async Task Raise_Often_NeverComesBack()
    {
        var seen = new HashSet<Digest>();
        for (var i = 0; i < 1_000; i++)
        {
            Assert.True(seen.Add(await VersionAsync(_versions, Ann)));
            await _versions.RaiseAsync(i % 2 == 0 ? [Ann] : null);
        }
    }

    [Theory]
    [InlineData("Development", null, null, true)]
    [InlineData("Development", "localhost:6379", null, true)]
    [InlineData("Development", "localhost:6379", "true", true)]
    [InlineData("Production", null, null, false)]
    [InlineData("Production", null, "true", true)]
    [InlineData("Production", "redis:6379", "false", false)]
    public void AreSafe_TokensOfThisProcess_OnlyWhereThereIsOneGateway(string environment, string? redis, string? alone, bool expected)
    {
        using var settings = new LiveSettings(("ConnectionStrings:Redis", redis), ("Cache:SingleInstance", alone));
        Assert.Equal(
            expected, new SessionVersions(new LocalSessionTokens(TimeProvider.System), settings.Monitor, new Place(environment)).AreSafe);
    }

    private static async Task<Digest> VersionAsync(SessionVersions versions, Digest user) =>
        (await versions.CurrentAsync(user, asker: null, TestContext.Current.CancellationToken))!.Value;

    public void Dispose() => _settings.Dispose();

    private SessionVersions In(string environment) =>
        new(new LocalSessionTokens(TimeProvider.System), _settings.Monitor, new Place(environment));

    private sealed class Place(string environment) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = environment;

        public string ApplicationName { get; set; } = "tests";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
