using IslGateway.UnitTests.Settings;
using IslGateway.Workflows.Warming;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Workflows.Warming;

public sealed class WarmingCredentialTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("key-1", "X-API-Key", "key-1")]
    [InlineData("a:b", "X-API-Key", "a:b")]
    [InlineData("x-api-key: key-2", "X-API-Key", "key-2")]
    [InlineData("Authorization: Bearer abc", "Authorization", "Bearer abc")]
    public void AddTo_EachNotation_IsTheHeaderThatItNames(string text, string header, string value)
    {
        using var credential = Assert.Single(WarmingCredential.Of(Given.Loaded(("Warming:Credentials", text))));
        var headers = new HeaderDictionary();
        credential.AddTo(headers);

        Assert.Equal(1, credential.Number);
        Assert.Equal(value, Assert.Single(headers).Value);
        Assert.Equal(header, Assert.Single(headers).Key);
    }

    [Fact]
    public void Of_None_IsOneWithoutAHeader()
    {
        using var credential = Assert.Single(WarmingCredential.Of(Given.Loaded()));
        var headers = new HeaderDictionary();
        credential.AddTo(headers);

        Assert.Equal(0, credential.Number);
        Assert.Empty(headers);
    }

    [Fact(Timeout = 60_000)]
    public async Task EnterAsync_UntilItIsAccepted_IsForOneAtATime()
    {
        using var credential = Assert.Single(WarmingCredential.Of(Given.Loaded()));
        var first = await credential.EnterAsync(TestContext.Current.CancellationToken);
        var second = credential.EnterAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(first);
        Assert.False(second.IsCompleted);

        credential.Accept();
        first.Dispose();
        Assert.Null(await second);
        Assert.Null(await credential.EnterAsync(TestContext.Current.CancellationToken));

        credential.Refuse();
        Assert.False(credential.IsRefused);
        using var alone = await credential.EnterAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(alone);
        credential.Refuse();
        Assert.True(credential.IsRefused);
    }

    [Fact]
    public void Pause_SeveralNamed_LastsUntilTheLatestEnd()
    {
        using var credential = Assert.Single(WarmingCredential.Of(Given.Loaded()));
        Assert.Equal(TimeSpan.Zero, credential.Paused(_time, out var hasPaused));
        Assert.False(hasPaused);

        credential.Pause(TimeSpan.FromSeconds(10), _time);
        _time.Advance(TimeSpan.FromSeconds(4));
        credential.Pause(TimeSpan.FromSeconds(5), _time);
        Assert.Equal(TimeSpan.FromSeconds(6), credential.Paused(_time, out _));
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(TimeSpan.Zero, credential.Paused(_time, out hasPaused));
        Assert.True(hasPaused);

        credential.Resume();
        credential.Paused(_time, out hasPaused);
        Assert.False(hasPaused);
    }
}
