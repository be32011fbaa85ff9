using System.Text;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Sessions;
using IslGateway.Content;
using IslGateway.Journey;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting.Internal;

namespace IslGateway.UnitTests.Caching.Sessions;

public sealed class BeliefUpdatesTests : IDisposable
{
    private static readonly Digest Ann = Digest.Of("ann"u8);
    private static readonly Digest Bob = Digest.Of("bob"u8);

    private readonly LiveSettings _settings = new();
    private readonly BeliefVersions _versions;
    private readonly BeliefUpdates _updates;

    public BeliefUpdatesTests()
    {
        _versions = new BeliefVersions(_settings.Monitor, new HostingEnvironment { ContentRootFileProvider = new NullFileProvider() });
        _updates = new BeliefUpdates(_settings.Table, _versions);
    }

    [Fact]
    public void Concerns_Rows_NamedByASession() =>
        Assert.Equal(["PreferencesUpdate"], _settings.Table.Rows.Where(_updates.Concerns).Select(row => row.Name));

    [Fact]
    public async Task ForwardAsync_Update_RaisesBeforeAndAfter()
    {
        var before = _versions.Current(Ann);
        var during = default(Digest);

        await ForwardAsync("""{"user_id":"ann"}""", () => during = _versions.Current(Ann));

        Digest[] all = [before, during, _versions.Current(Ann)];
        Assert.Equal(3, all.Distinct().Count());
    }

    [Theory]
    [InlineData("""{"user_id":"ann"}""", false)]
    [InlineData("""{"user_id":"\u0061nn"}""", false)]
    [InlineData("""{"user_id":"ann","user_id":"bob"}""", true)]
    [InlineData("""{"user_id":7}""", true)]
    [InlineData("""{"user":"ann"}""", true)]
    [InlineData("""{"user_id":"ann""", true)]
    [InlineData("", true)]
    public async Task ForwardAsync_BodyThatNamesNoUserForSure_RaisesEveryones(string body, bool bobToo)
    {
        var (ann, bob) = (_versions.Current(Ann), _versions.Current(Bob));

        await ForwardAsync(body);

        Assert.NotEqual(ann, _versions.Current(Ann));
        Assert.Equal(bobToo, bob != _versions.Current(Bob));
    }

    [Fact]
    public async Task ForwardAsync_NoBodyWasRead_RaisesEveryones()
    {
        var bob = _versions.Current(Bob);
        await ForwardAsync((RequestBody?)null);
        Assert.NotEqual(bob, _versions.Current(Bob));
    }

    [Fact]
    public async Task ForwardAsync_CodedBody_IsRead()
    {
        var (ann, bob) = (_versions.Current(Ann), _versions.Current(Bob));

        await ForwardAsync(Bodies.Gzip("""{"user_id":"ann"}"""));

        Assert.NotEqual(ann, _versions.Current(Ann));
        Assert.Equal(bob, _versions.Current(Bob));
    }

    [Fact]
    public async Task ForwardAsync_UpdateFails_RaisesAllTheSame()
    {
        var during = default(Digest);

        await Assert.ThrowsAsync<IOException>(() => ForwardAsync("""{"user_id":"ann"}""", () =>
        {
            during = _versions.Current(Ann);
            throw new IOException();
        }));

        Assert.NotEqual(during, _versions.Current(Ann));
    }

    public void Dispose() => _settings.Dispose();

    private Task ForwardAsync(string body, Action? isl = null) => ForwardAsync(Bodies.Plain(Encoding.UTF8.GetBytes(body)), isl);

    private async Task ForwardAsync(RequestBody? body, Action? isl = null)
    {
        var row = _settings.Row("PreferencesUpdate");
        var exchange = new Exchange { RequestId = "i", RawTarget = row.Path, Row = row, Body = body };
        await _updates.ForwardAsync(new DefaultHttpContext(), exchange, row, _ =>
        {
            isl?.Invoke();
            return Task.CompletedTask;
        });
    }
}
