using System.Threading.Channels;
using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.UnitTests.Caching.Filling;

/// <summary>Leases that stand as a test says. Each look is reported before it is answered.</summary>
internal sealed class ScriptedLeases : ILeases
{
    private readonly Channel<TaskCompletionSource<RedisReply<LeaseLook>>> _looks =
        Channel.CreateUnbounded<TaskCompletionSource<RedisReply<LeaseLook>>>();
    private readonly Channel<bool> _renewals = Channel.CreateUnbounded<bool>();
    private readonly Channel<LeaseEnd> _ends = Channel.CreateUnbounded<LeaseEnd>();

    public static RedisReply<LeaseLook> Taken => Seen(new LeaseLook(true, LeaseStanding.Held, null));

    public static RedisReply<LeaseLook> Trouble => new(null, RedisTrouble.Timeout);

    public bool AreShared { get; set; } = true;

    /// <summary>Whether the lease is still there to be renewed.</summary>
    public bool IsThere { get; set; } = true;

    public TimeSpan Budget { get; private set; }

    public int Looks => _looks.Reader.Count;

    public int Renewals => _renewals.Reader.Count;

    public int Ends => _ends.Reader.Count;

    public static RedisReply<LeaseLook> Stands(LeaseStanding standing) => Seen(new LeaseLook(false, standing, null));

    public static RedisReply<LeaseLook> Seen(LeaseLook look) => new(look, RedisTrouble.None);

    /// <summary>Waits for the next look and answers it.</summary>
    public async Task AnswerAsync(RedisReply<LeaseLook> reply) =>
        (await NextAsync(_looks)).SetResult(reply);

    public Task<LeaseEnd> EndAsync() => NextAsync(_ends);

    public Task RenewedAsync() => NextAsync(_renewals);

    public async ValueTask<RedisReply<LeaseLook>> TakeAsync(
        LeaseClaim claim, IReadOnlyList<Digest> digests, TimeSpan budget, CancellationToken cancellationToken)
    {
        Budget = budget;
        var look = new TaskCompletionSource<RedisReply<LeaseLook>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _looks.Writer.WriteAsync(look, CancellationToken.None);
        return await look.Task.WaitAsync(cancellationToken);
    }

    public ValueTask<bool> RenewAsync(LeaseClaim claim)
    {
        _renewals.Writer.TryWrite(true);
        return ValueTask.FromResult(IsThere);
    }

    public void End(LeaseClaim claim, LeaseEnd end) => _ends.Writer.TryWrite(end);

    private static Task<T> NextAsync<T>(Channel<T> channel) =>
        channel.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
}
