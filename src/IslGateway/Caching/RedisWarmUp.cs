using IslGateway.Caching.Credentials;
using IslGateway.Caching.Filling.Leasing;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Stores;
using IslGateway.Endpoints;

namespace IslGateway.Caching;

/// <summary>
/// Before the listeners open: waits a little for Redis, and walks once the way that a hit takes to it. Whoever asks a process that has just
/// started would else be the one to meet a connection that is not there yet and code that has never run, and lose the hit. Without Redis the
/// gateway starts all the same.
/// </summary>
internal sealed class RedisWarmUp(
    RedisGate redis, RedisWatch watch, RedisStore store, SharedProofs proofs, ILeases leases, EndpointTable table, TimeProvider time) : IHostedService
{
    /// <summary>An attempt to connect takes half of it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private const int Rounds = 3;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!redis.IsConfigured) return;
        try
        {
            await watch.Looked.WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return;
        }

        for (var round = 0; round < Rounds && watch.State is RedisState.Ok or RedisState.Refusing; round++) await WalkAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WalkAsync(CancellationToken cancellationToken)
    {
        // What nobody has stored, proven or asks.
        var (key, token) = (Digest.Random(), Digest.Random());
        await redis.AskPacedAsync(database => proofs.FindAsync(database, key), Patience, cancellationToken);
        if (table.Rows.FirstOrDefault(row => row.IsCacheable) is not { } any) return;
        await redis.AskPacedAsync(database => store.FindFreshAsync(database, any, [key]), Patience, cancellationToken);
        if ((await leases.TakeAsync(any, key, [key], token, Patience, cancellationToken)).IsOk) leases.End(key, token, LeaseEnd.Released);
    }
}
