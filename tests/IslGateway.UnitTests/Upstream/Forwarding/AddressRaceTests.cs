using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using IslGateway.Upstream.Forwarding;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Upstream.Forwarding;

public sealed class AddressRaceTests
{
    private const int Port = 8000;
    private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly Channel<Attempt> _begun = Channel.CreateUnbounded<Attempt>();
    private readonly AddressRace _race;

    public AddressRaceTests() => _race = new AddressRace(Connect, _time);

    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("10.0.0.2 10.0.0.1 10.0.0.3", "10.0.0.2 10.0.0.1 10.0.0.3")]
    [InlineData("::1 ::2 ::3 10.0.0.1", "::1 10.0.0.1 ::2 ::3")]
    [InlineData("10.0.0.1 10.0.0.2 ::1 ::2", "10.0.0.1 ::1 10.0.0.2 ::2")]
    public async Task ConnectAsync_AddressesThatRefuse_AreTriedAtOnceAndFamiliesInTurn(string addresses, string order)
    {
        var racing = RaceAsync(addresses);
        foreach (var address in order.Split(' '))
        {
            var attempt = await BegunAsync();
            Assert.Equal(address, attempt.Address);
            attempt.Refuse(address);
        }

        var failure = await Assert.ThrowsAsync<IOException>(() => racing.WaitAsync(Soon, Patience));
        Assert.Equal(order.Split(' ')[0], failure.Message);
    }

    [Fact]
    public async Task ConnectAsync_NoAddress_IsHostNotFound() =>
        Assert.Equal(SocketError.HostNotFound, (await Assert.ThrowsAsync<SocketException>(() => RaceAsync(""))).SocketErrorCode);

    [Fact]
    public async Task ConnectAsync_FirstIsSilent_TheNextBeginsAfterItsLeadAndWins()
    {
        var racing = RaceAsync("10.0.0.1 10.0.0.2 10.0.0.3");
        var first = await BegunAsync();
        _time.Advance(Lead - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, _begun.Reader.Count);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var second = await BegunAsync();
        Assert.Equal(("10.0.0.1", "10.0.0.2"), (first.Address, second.Address));
        Assert.False(first.IsBrokenOff);

        var stream = second.Answer();
        Assert.Same(stream, await racing.WaitAsync(Soon, Patience));
        Assert.True(first.IsBrokenOff);
        _time.Advance(Soon);
        Assert.Equal(0, _begun.Reader.Count);
    }

    [Fact]
    public async Task ConnectAsync_FirstAnswersAfterAll_WinsAndTheOthersAreClosed()
    {
        var racing = RaceAsync("10.0.0.1 10.0.0.2");
        var first = await BegunAsync();
        _time.Advance(Lead);
        var second = await BegunAsync();

        var stream = first.Answer();
        Assert.Same(stream, await racing.WaitAsync(Soon, Patience));
        Assert.True(second.IsBrokenOff);
        var late = second.Answer();
        await late.Closed.WaitAsync(Soon, Patience);
        Assert.False(stream.Closed.IsCompleted);
    }

    [Fact]
    public async Task ConnectAsync_SecondRefusesWhileFirstIsSilent_TheThirdBeginsAtOnce()
    {
        var racing = RaceAsync("10.0.0.1 10.0.0.2 10.0.0.3");
        await BegunAsync();
        _time.Advance(Lead);
        (await BegunAsync()).Refuse("no");
        Assert.Same((await BegunAsync()).Answer(), await racing.WaitAsync(Soon, Patience));
    }

    [Fact]
    public async Task ConnectAsync_LastRefusesWhileFirstIsSilent_WaitsForTheFirst()
    {
        var racing = RaceAsync("10.0.0.1 10.0.0.2");
        var first = await BegunAsync();
        _time.Advance(Lead);
        (await BegunAsync()).Refuse("no");
        Assert.Same(first.Answer(), await racing.WaitAsync(Soon, Patience));
    }

    [Fact]
    public async Task ConnectAsync_TimeIsUp_BreaksAllOff()
    {
        using var timeout = new CancellationTokenSource();
        var racing = _race.ConnectAsync([IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2")], Port, timeout.Token);
        var first = await BegunAsync();
        _time.Advance(Lead);
        var second = await BegunAsync();
        await timeout.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => racing.WaitAsync(Soon, Patience));
        Assert.True(first.IsBrokenOff && second.IsBrokenOff);
    }

    [Fact]
    public async Task ConnectAsync_OvertakenAddress_ComesLastForAWhile()
    {
        async Task<string> FirstToBeTriedAsync()
        {
            var racing = RaceAsync("10.0.0.1 10.0.0.2");
            var first = await BegunAsync();
            if (first.Address == "10.0.0.1")
            {
                _time.Advance(Lead);
                (await BegunAsync()).Answer();
            }
            else
            {
                first.Answer();
            }

            await racing.WaitAsync(Soon, Patience);
            return first.Address;
        }

        Assert.Equal("10.0.0.1", await FirstToBeTriedAsync());
        Assert.Equal("10.0.0.2", await FirstToBeTriedAsync());
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("10.0.0.1", await FirstToBeTriedAsync());
    }

    private Task<Stream> RaceAsync(string addresses) =>
        _race.ConnectAsync([.. addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)], Port, Patience);

    private Task<Stream> Connect(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var attempt = new Attempt(endpoint.Address.ToString(), cancellationToken);
        Assert.True(_begun.Writer.TryWrite(attempt));
        return attempt.Connecting;
    }

    /// <summary>Waits for the next attempt to begin.</summary>
    private Task<Attempt> BegunAsync() => _begun.Reader.ReadAsync(Patience).AsTask().WaitAsync(Soon, Patience);

    private sealed class Attempt(string address, CancellationToken cancellationToken)
    {
        private readonly TaskCompletionSource<Stream> _connecting = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Address => address;

        public Task<Stream> Connecting => _connecting.Task;

        public bool IsBrokenOff => cancellationToken.IsCancellationRequested;

        public void Refuse(string why) => _connecting.SetException(new IOException(why));

        public Connection Answer()
        {
            var connection = new Connection();
            _connecting.SetResult(connection);
            return connection;
        }
    }

    private sealed class Connection : MemoryStream
    {
        private readonly TaskCompletionSource _closed = new();

        public Task Closed => _closed.Task;

        protected override void Dispose(bool disposing)
        {
            _closed.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
