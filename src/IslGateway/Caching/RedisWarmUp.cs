using IslGateway.Caching.Credentials;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;

namespace IslGateway.Caching;

/// <summary>
/// Before the listeners open: waits a little for Redis, and takes the path of a hit once. Without this the first callers would wait for a
/// connection that is not there yet and for code that has never run, and would lose their hits. If Redis does not come, the gateway starts
/// without it.
/// </summary>
internal sealed class RedisWarmUp(
    RedisGate redis, RedisHealth health, RedisEntries entries, RedisStore store, SharedProofs proofs, RedisTokens tokens, ILeases leases,
    EndpointTable table, TimeProvider time)
    : IHostedService
{
    /// <summary>Twice the time that one attempt to connect takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan PatienceEach = TimeSpan.FromMilliseconds(250);

    private const int Rounds = 2;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!redis.IsConfigured) return;
        try
        {
            await health.Looked.WaitAsync(Patience, time, cancellationToken);
            await WalkAsync(cancellationToken).WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Redis is away or this machine is busy: the gateway starts without the warm-up.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WalkAsync(CancellationToken cancellationToken)
    {
        for (var round = 0; round < Rounds && health.State is RedisState.Ok or RedisState.Refusing; round++)
            await WalkOnceAsync(cancellationToken);
    }

    private async Task WalkOnceAsync(CancellationToken cancellationToken)
    {
        // A key that is never stored, proven or asked for.
        var key = Digest.Random();
        await tokens.CatchUpAsync(cancellationToken);
        await proofs.FindAsync(key, asker: null, cancellationToken);
        if (table.Rows.FirstOrDefault(row => row.IsCacheable) is not { } any) return;
        await redis.AskPacedAsync(database => entries.ReadAsync(database, store.QueryFor(any, [key])), PatienceEach, cancellationToken);
        store.Rehearse(any, key);
        var claim = new LeaseClaim(any, key, Digest.Random());
        if ((await leases.TakeAsync(claim, [key], PatienceEach, cancellationToken)).IsOk) leases.End(claim, LeaseEnd.Released);
    }
}
