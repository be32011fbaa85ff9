using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Purging;
using IslGateway.Caching.Samples;
using IslGateway.Caching.Sessions;
using IslGateway.Caching.Tiers;
using IslGateway.Caching.Validation;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching;

internal static class CachingExtensions
{
    /// <summary>The cache and all it needs, except the way to ISL, which Upstream provides.</summary>
    public static IServiceCollection AddCaching(this IServiceCollection services, GatewaySettings settings)
    {
        services.AddStores(settings);
        services.AddSingleton<BodyMemo>().AddSingleton<KeyComposer>();
        services.AddSingleton<ReplicaRegistry>().AddSingleton<LastEpochs>();
        services.AddSingleton<HealthPoller>().AddHostedService(p => p.GetRequiredService<HealthPoller>());
        services.AddSingleton<CredentialMemo>();
        services.AddSingleton<ProofCache>().AddSingleton<IKnownCredentials>(p => p.GetRequiredService<ProofCache>());
        services.AddSingleton<SharedProofs>().AddSingleton<Revocations>();
        services.AddSingleton<CredentialVerifier>().AddSingleton<RateLimits>();
        services.AddSingleton<IChangeReader>(p => p.GetRequiredService<Revocations>());
        services.AddSingleton<IChangeReader, SharedEpochs>();
        services.AddSessions(settings);
        services.AddPurging(settings);
        services.AddLeasing();
        services.AddSingleton<ConfirmedWriter>().AddHostedService(p => p.GetRequiredService<ConfirmedWriter>());
        services.AddSingleton<Quarantine>().AddSingleton<EpochChoice>().AddSingleton<CacheBypass>().AddSingleton<Keying>();
        services.AddSingleton<AnswerLookup>().AddSingleton<UpstreamLimiter>().AddSingleton<SingleFlight>();
        services.AddSingleton<UnstoredFills>().AddSingleton<Filler>();
        services.AddSingleton<StaleIfError>().AddSingleton<RefreshAhead>().AddSingleton<FlightWaits>();
        services.AddSingleton<FillRequests>().AddSingleton<MissHandler>().AddSingleton<PlainHits>();
        services.AddSingleton<SampleIndex>().AddSingleton<RicherQuestions>();
        services.AddSchemas();
        services.AddSingleton<SchemaCheck>();
        services.AddHostedService<RedisWarmUp>();

        // Hosted services stop in reverse order: fills end while the services that store their answers still run.
        services.AddHostedService<FillDrain>();
        return services;
    }

    /// <summary>
    /// Adds the cache's step, ahead of the route to ISL: only what passes through takes that route; a fill makes a call of its own.
    /// </summary>
    public static IApplicationBuilder UseCaching(this IApplicationBuilder app) =>
        app.UseMiddleware<PolledHealthMiddleware>().UseMiddleware<CachingMiddleware>();
}
