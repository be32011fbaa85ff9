using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Sessions;
using IslGateway.Content;
using IslGateway.Edge;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>A gateway as it ships, on real sockets of its own, in this process. Settings are given as on the command line.</summary>
internal sealed class GatewayUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lazy<ConnectionMultiplexer> _redis;

    private GatewayUnderTest(WebApplication app, MovableTime time, Uri address, Uri management)
    {
        _app = app;
        Time = time;
        Address = address;
        Management = management;
        Client = ClientOf(address);
        ManagementClient = ClientOf(management);
        _redis = new(() => PatientRedis.Connect(app.Configuration.GetConnectionString("Redis")!));
    }

    public Uri Address { get; }

    /// <summary>The gateway's time, which a test may move.</summary>
    public MovableTime Time { get; }

    public Uri Management { get; }

    /// <summary>Sends to the data plane; neither follows redirects nor decompresses.</summary>
    public HttpClient Client { get; }

    public HttpClient ManagementClient { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>The Redis that the gateway was started with, to look behind it.</summary>
    public IDatabase Redis => _redis.Value.GetDatabase();

    /// <summary>The name in Redis of the proof of an API key.</summary>
    public string ProofOf(string apiKey) => _app.Services.GetRequiredService<RedisNames>().Proof(CredentialOf(apiKey).Digest);

    /// <summary>Whether this gateway's proof of an API key is young enough.</summary>
    public bool IsProven(string apiKey) => AgeOfProof(apiKey) < CredentialSettings.Recheck;

    /// <summary>The token that a proof of an API key has to carry here.</summary>
    public Digest TokenOf(string apiKey) => Services.GetRequiredService<TokenSet>().ProofOf(CredentialOf(apiKey).Digest).Carried;

    /// <summary>How old this gateway's proof of an API key is.</summary>
    public TimeSpan AgeOfProof(string apiKey) => _app.Services.GetRequiredService<ProofCache>().AgeOf(CredentialOf(apiKey));

    /// <summary>Starts a gateway before these replicas, and waits until it knows their epochs, or that their health is odd.</summary>
    /// <param name="replicas">ISL's addresses.</param>
    /// <param name="settings">More settings, each <c>Section:Key=value</c>.</param>
    public static Task<GatewayUnderTest> StartAsync(IEnumerable<Uri> replicas, params string[] settings) =>
        StartAsync(replicas, replace: null, settings);

    public static Task<GatewayUnderTest> StartAsync(Uri replica, params string[] settings) => StartAsync([replica], settings);

    /// <param name="replicas">ISL's addresses.</param>
    /// <param name="replace">Puts services in place of those that ship.</param>
    /// <param name="settings">More settings, each <c>Section:Key=value</c>.</param>
    public static async Task<GatewayUnderTest> StartAsync(
        IEnumerable<Uri> replicas, Action<IServiceCollection>? replace, params string[] settings)
    {
        var (gateway, management) = (FreePort.Next(), FreePort.Next());
        string[] arguments =
        [
            "--environment=Production",
            $"--Isl:BaseUrl={string.Join(';', replicas)}",
            $"--{Listeners.UrlKey(Listeners.Gateway)}=http://127.0.0.1:{gateway}",
            $"--{Listeners.UrlKey(Listeners.Management)}=http://127.0.0.1:{management}",
            "--Isl:HealthInterval=200ms",
            "--Cache:LookupBudget=2s",
            "--Cache:WriteBudget=5s",
            "--Logging:LogLevel:Default=Warning",
            .. settings.Select(setting => "--" + setting),
        ];
        var time = new MovableTime();
        var app = await Program.BuildAsync(arguments, services =>
        {
            services.AddSingleton<TimeProvider>(time);
            replace?.Invoke(services);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        var started = new GatewayUnderTest(app, time, new Uri($"http://127.0.0.1:{gateway}"), new Uri($"http://127.0.0.1:{management}"));
        await started.HasPolledAsync();
        return started;
    }

    /// <summary>The text of <c>/metrics</c>.</summary>
    public Task<string> MetricsAsync() => ManagementClient.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

    /// <summary>Waits until every replica's health has reported this build.</summary>
    public Task KnowsBuildAsync(string build) => Eventually.TrueAsync(
        () => _app.Services.GetRequiredService<ReplicaRegistry>().Replicas.All(replica => replica.Epoch?.Build == build),
        TimeSpan.FromSeconds(60), $"the gateway knows build {build}");

    /// <summary>Waits until Redis is connected, the gateway has read what gateways share there, and is among them.</summary>
    public Task RedisIsUpAsync() => Eventually.TrueAsync(
        () =>
            _app.Services.GetRequiredService<RedisHealth>().State == RedisState.Ok && _app.Services.GetRequiredService<TokenSet>().WereRead
            && _app.Services.GetRequiredService<Heartbeat>().IsIn,
        TimeSpan.FromSeconds(60), "Redis is connected");

    /// <summary>Waits until the epochs that this gateway knows stand in Redis.</summary>
    public Task SharesEpochsAsync() => Eventually.TrueAsync(
        async () => await Redis.KeyExistsAsync(_app.Services.GetRequiredService<RedisNames>().Epochs), TimeSpan.FromSeconds(60),
        "the epochs are in Redis");

    /// <summary>Changes a setting while the gateway runs.</summary>
    public void Reload(string setting, string value)
    {
        var configuration = (IConfigurationRoot)_app.Services.GetRequiredService<IConfiguration>();
        configuration[setting] = value;
        configuration.Reload();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        ManagementClient.Dispose();
        if (_redis.IsValueCreated) await _redis.Value.DisposeAsync();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    /// <summary>Waits until the first poll of each replica has ended: a gateway itself does not wait for it for long.</summary>
    private Task HasPolledAsync() => Eventually.TrueAsync(
        () => _app.Services.GetRequiredService<ReplicaRegistry>().Replicas.All(
            replica => replica.Polled is not null || replica.Trouble is not null),
        TimeSpan.FromSeconds(60), "every replica was polled");

    private CredentialsOptions CredentialSettings => _app.Services.GetRequiredService<SettingsMonitor>().Current.Credentials;

    private Credential CredentialOf(string apiKey) => CredentialReader.Of(
        new HeaderDictionary { ["X-API-Key"] = apiKey },
        CredentialSettings.Headers, _app.Services.GetRequiredService<KeyComposer>().Secret());

    private static HttpClient ClientOf(Uri address) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false })
        {
            BaseAddress = address,
        };
}
