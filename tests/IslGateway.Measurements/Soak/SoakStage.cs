using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.Measurements.Soak;

/// <summary>One gateway process before two ISL processes and one Redis, and all that can befall them.</summary>
internal sealed class SoakStage : IAsyncDisposable
{
    private SoakStage(RedisProcess redis, IslProcess[] isl, GatewayProcess gateway)
    {
        (Redis, Isl, Gateway) = (redis, isl, gateway);
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = gateway.Address };
    }

    public RedisProcess Redis { get; }

    public IslProcess[] Isl { get; }

    public GatewayProcess Gateway { get; }

    public HttpClient Client { get; }

    /// <summary>
    /// What can befall, by name, for about the time given. One replica of ISL is left alone at any moment: what neither the cache nor
    /// another replica can answer is an error by right, and nothing would be shown by counting it.
    /// </summary>
    public (string Name, Func<TimeSpan, Task> PlayAsync)[] Faults =>
    [
        ("Redis killed", async time => { await Redis.KillAsync(); await WaitAsync(time); await Redis.RestartAsync(); }),
        ("Redis frozen", async time => { Redis.Freeze(); await WaitAsync(time); Redis.Thaw(); }),
        ("Redis flushed", async time => { await RawRedis.SendAsync(Redis.Port, "FLUSHALL"); await WaitAsync(time); }),
        ("Redis full",
            async time =>
                { await Redis.ConfigSetAsync("maxmemory", "1"); await WaitAsync(time); await Redis.ConfigSetAsync("maxmemory", "0"); }),
        ("ISL 1 killed", async time => { await Isl[0].KillAsync(); await WaitAsync(time); await Isl[0].RestartAsync(); }),
        ("ISL 2 killed", async time => { await Isl[1].KillAsync(); await WaitAsync(time); await Isl[1].RestartAsync(); }),
        ("ISL 1 frozen", async time => { Isl[0].Freeze(); await WaitAsync(time); Isl[0].Thaw(); }),
        ("ISL 2 answers 502", time => TurnedAsync(1, """{"error":{"status":502}}""", """{"error":null}""", time)),
        ("ISL 1 breaks off", time => TurnedAsync(0, """{"drop":true}""", """{"drop":null}""", time)),
        ("ISL 2 slow", time => TurnedAsync(1, """{"delay_ms":300}""", """{"delay_ms":2}""", time)),
    ];

    public static async Task<SoakStage> StartAsync()
    {
        var redis = await RedisProcess.StartAsync();
        IslProcess[] isl = [await IslProcess.StartAsync(), await IslProcess.StartAsync()];
        var gateway = GatewayProcess.Start(
        [
            "--environment=Production", $"--Isl:BaseUrl={isl[0].Address};{isl[1].Address}",
            $"--ConnectionStrings:Redis={redis.ConnectionString}",
            "--Isl:HealthInterval=500ms", "--Cache:Memory:SizeLimit=8MiB", "--Cache:MaxEntrySize=1MiB",
            "--Endpoints:CausalCounterfactual:Ttl=1s",
            "--Logging:LogLevel:Default=Warning",
        ]);
        await gateway.BannerAsync();
        return new SoakStage(redis, isl, gateway);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Gateway.DisposeAsync();
        foreach (var replica in Isl) await replica.DisposeAsync();
        await Redis.DisposeAsync();
    }

    private async Task TurnedAsync(int replica, string on, string off, TimeSpan time)
    {
        await Isl[replica].TurnAsync(on);
        await WaitAsync(time);
        await Isl[replica].TurnAsync(off);
    }

    private static Task WaitAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);
}
