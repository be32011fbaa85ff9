using IslGateway.Caching.Credentials;
using IslGateway.Redis;
using IslGateway.Redis.Sealing;
using IslGateway.Telemetry;
using IslGateway.Upstream;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.UnitTests.Caching.Credentials;

/// <summary>A credential gate without Redis.</summary>
internal static class Gates
{
    public static CredentialVerifier Of(ProofCache proofs, IUpstream upstream, LiveSettings settings, TimeProvider time)
    {
        var metrics = new GatewayMetrics();
        var health = new RedisHealth(settings.Monitor, metrics, time, NullLogger<RedisHealth>.Instance);
        var connection = new RedisConnection(settings.Monitor, health, time, NullLogger<RedisConnection>.Instance);
        var (names, troubles, tokens) = (new RedisNames(settings.Monitor), new RedisTroubles(metrics), settings.Tokens(time));
        var redis = new RedisGate(
            connection, health, new RedisNodes(connection, health, time), troubles, settings.Monitor, time);
        var records = new RedisRecords(redis, troubles, new SealingKeys(settings.Monitor), time);
        var shared = new SharedProofs(records, names, tokens, settings.Monitor);
        var sharing = new RedisTokens(tokens, redis, connection, names, troubles, health, time, NullLogger<RedisTokens>.Instance);
        return new CredentialVerifier(
            proofs, shared, new Revocations(tokens, sharing, proofs, shared), new RateLimits(proofs, metrics, time), upstream,
            settings.Monitor, time);
    }
}
