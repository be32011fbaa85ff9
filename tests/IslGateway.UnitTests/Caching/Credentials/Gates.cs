using IslGateway.Caching.Credentials;
using IslGateway.Redis;
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
        var breaker = new RedisBreaker(time);
        var (connection, names, troubles) = (new RedisConnection(settings.Monitor, breaker, time, NullLogger<RedisConnection>.Instance), new RedisNames(settings.Monitor), new RedisTroubles(metrics));
        var (permissions, tokens) = (new RedisPermissions(time), settings.Tokens(time));
        var redis = new RedisGate(connection, breaker, troubles, permissions, settings.Monitor, time);
        var shared = new SharedProofs(new RedisRecords(redis, troubles), names, tokens, settings.Monitor);
        var sharing = new RedisTokens(tokens, redis, connection, names, troubles, permissions, time, NullLogger<RedisTokens>.Instance);
        return new CredentialVerifier(proofs, shared, new Revocations(tokens, sharing, proofs, shared), new RateLimits(proofs, metrics, time), upstream, settings.Monitor, time);
    }
}
