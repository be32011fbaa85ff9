using IslGateway.Caching.Credentials;
using IslGateway.Caching.Keys;
using IslGateway.Redis;
using IslGateway.Telemetry;
using IslGateway.Upstream;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.UnitTests.Caching.Credentials;

/// <summary>A credential gate without Redis.</summary>
internal static class Gates
{
    public static CredentialGate Of(ProofBook proofs, IUpstream upstream, LiveSettings settings, TimeProvider time)
    {
        var metrics = new GatewayMetrics();
        var breaker = new RedisBreaker(time);
        var (connection, names, troubles) = (new RedisConnection(settings.Monitor, breaker, time, NullLogger<RedisConnection>.Instance), new RedisNames(settings.Monitor), new RedisTroubles(metrics));
        var redis = new RedisGate(connection, breaker, troubles, new RedisPermissions(time), settings.Monitor, time);
        var shared = new SharedProofs(redis, names, troubles, settings.Monitor);
        var refusals = new SharedRefusals(redis, names, new RedisNews(connection, redis, names), proofs, shared, new KeyComposer(settings.Monitor), settings.Monitor);
        return new CredentialGate(proofs, shared, refusals, new RateLimits(proofs, metrics, time), upstream, settings.Monitor, time);
    }
}
