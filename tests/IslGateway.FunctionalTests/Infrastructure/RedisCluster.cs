namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// Three masters without replicas on this machine, each with a third of the slots, to be killed and brought back one by one.
/// </summary>
internal sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16_384;

    /// <summary>One line of what <c>CLUSTER INFO</c> says in many.</summary>
    private const string Whole = """
        local info = redis.call('CLUSTER', 'INFO')
        return {ok = info:match('cluster_state:(%a+)') .. ' ' .. info:match('cluster_slots_ok:(%d+)')
            .. ' ' .. info:match('cluster_known_nodes:(%d+)')}
        """;

    private static readonly TimeSpan FormTimeout = TimeSpan.FromSeconds(120);

    private RedisCluster(RedisProcess[] masters) => Masters = masters;

    public IReadOnlyList<RedisProcess> Masters { get; }

    public string ConnectionString => string.Join(',', Masters.Select(master => master.ConnectionString));

    /// <param name="fullCoverage">Whether all of them refuse every command while one is away; Redis's default.</param>
    public static async Task<RedisCluster> StartAsync(bool fullCoverage = true)
    {
        var masters = new List<RedisProcess>();
        var buses = new List<int>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                // By default the bus has the port 10,000 higher: in the range of outgoing connections.
                buses.Add(FreePort.Next());
                masters.Add(await RedisProcess.StartAsync(
                    "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "1000",
                    "--cluster-port", $"{buses[i]}", "--cluster-require-full-coverage", fullCoverage ? "yes" : "no"));
            }

            var cluster = new RedisCluster([.. masters]);
            await cluster.FormAsync(buses);
            return cluster;
        }
        catch
        {
            foreach (var master in masters) await master.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until every master finds the cluster whole.</summary>
    public Task IsWholeAsync() => Eventually.TrueAsync(
        async () =>
        {
            foreach (var master in Masters)
            {
                if (await RawRedis.SendAsync(master.Port, "EVAL", Whole, "0") != $"+ok {Slots} 3")
                    return false;
            }

            return true;
        },
        FormTimeout, "the cluster is whole");

    public async ValueTask DisposeAsync()
    {
        foreach (var master in Masters) await master.DisposeAsync();
    }

    private async Task FormAsync(List<int> buses)
    {
        for (var i = 0; i < Masters.Count; i++)
        {
            await OkAsync(Masters[i], "CLUSTER", "ADDSLOTSRANGE", $"{Slots * i / 3}", $"{(Slots * (i + 1) / 3) - 1}");
            await OkAsync(Masters[i], "CLUSTER", "SET-CONFIG-EPOCH", $"{i + 1}");
        }

        foreach (var (master, bus) in Masters.Zip(buses).Skip(1))
            await OkAsync(Masters[0], "CLUSTER", "MEET", "127.0.0.1", $"{master.Port}", $"{bus}");
        await IsWholeAsync();
    }

    private static async Task OkAsync(RedisProcess master, params string[] command)
    {
        var reply = await RawRedis.SendAsync(master.Port, command);
        if (reply != "+OK") throw new InvalidOperationException($"{string.Join(' ', command)} was answered by: {reply}");
    }
}
