using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>What stands around the process may be stuck, used up or left over: it starts and serves all the same.</summary>
public sealed class SurroundingsTests
{
    private const string Production = "--environment=Production";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>The console logger keeps 2,500 lines; more are logged here.</summary>
    [Fact]
    public async Task StandardOutput_ThatNobodyReads_HoldsNoRequestAndNotTheEnd()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs sh and mkfifo");
        using var folder = new TemporaryFolder();
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = GatewayProcess.StartUnread(
            Path.Combine(folder.Path, "stdout"),
            [Production, $"--Isl:BaseUrl={isl.BaseAddress}", "--Telemetry:AccessLog=true"]);
        using var client = new HttpClient { BaseAddress = gateway.Address };
        using var management = new HttpClient { BaseAddress = gateway.Management };
        await Eventually.TrueAsync(() => IsAliveAsync(management), Soon, "it has started");

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 6_000),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken },
            async (_, stop) =>
            {
                using var answer = await client.GetAsync("/gateway/none", stop);
                Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            });

        var metrics = Exposition.Parse(await management.GetStringAsync("/metrics", TestContext.Current.CancellationToken));
        Assert.InRange(metrics["isl_gateway_log_lines_dropped_total"], 1, 6_000);
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Fact]
    public async Task FileWatching_Always_TakesNoInotifyInstance()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = GatewayProcess.Start([Production, $"--Isl:BaseUrl={isl.BaseAddress}"]);
        await gateway.BannerAsync();

        Assert.DoesNotContain(
            Directory.EnumerateFileSystemEntries($"/proc/{gateway.Id}/fd").Select(file => new FileInfo(file).LinkTarget),
            target => target?.Contains("inotify", StringComparison.Ordinal) == true);
    }

    /// <summary>As Kubernetes mounts a ConfigMap: the file is a link into <c>..data</c>, which is a link to the version in force.</summary>
    [Fact]
    public async Task ConfigMap_Swapped_IsRead()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs symbolic links");
        using var folder = new TemporaryFolder();
        var environment = Path.GetFileName(folder.Path);
        WriteVersion(folder, "v1", "On");
        WriteVersion(folder, "v2", "Observe");
        var (data, file) = (Path.Combine(folder.Path, "..data"), Path.Combine(AppContext.BaseDirectory, $"appsettings.{environment}.json"));
        Directory.CreateSymbolicLink(data, "v1");
        File.CreateSymbolicLink(file, Path.Combine(data, "appsettings.json"));
        try
        {
            await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
            await using var gateway = GatewayProcess.Start([$"--environment={environment}", $"--Isl:BaseUrl={isl.BaseAddress}"]);
            await gateway.BannerAsync();
            using var client = new HttpClient { BaseAddress = gateway.Address };
            Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(client));

            Directory.Delete(data);
            Directory.CreateSymbolicLink(data, "v2");

            await Eventually.TrueAsync(
                async () => (await StatusAsync(client)).Contains("observed", StringComparison.Ordinal), Soon,
                "the new settings are in force");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task UnixSocket_LeftBehindByAKilledProcess_IsTakenOverAndALiveOneIsNot()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs Unix sockets and SIGKILL");
        using var folder = new TemporaryFolder();
        var socket = Path.Combine(folder.Path, "gateway.sock");
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [Production, $"--Isl:BaseUrl={isl.BaseAddress}", $"--Kestrel:Endpoints:Local:Url=http://unix:{socket}"];
        await using (var killed = GatewayProcess.Start(settings))
        {
            await killed.BannerAsync();
            await killed.KillAsync();
        }

        Assert.True(File.Exists(socket));
        await using var gateway = GatewayProcess.Start(settings);
        await gateway.BannerAsync();
        await using var second = GatewayProcess.Start(settings);

        Assert.Equal(1, await second.WaitForExitAsync());
        Assert.False(gateway.HasExited);
    }

    private static void WriteVersion(TemporaryFolder folder, string version, string mode)
    {
        var path = Directory.CreateDirectory(Path.Combine(folder.Path, version)).FullName;
        File.WriteAllText(Path.Combine(path, "appsettings.json"), $$$"""{"Cache":{"Mode":"{{{mode}}}"}}""");

        // Versions of a ConfigMap are written at different times; here, within one.
        File.SetLastWriteTimeUtc(
            Path.Combine(path, "appsettings.json"), version == "v1" ? DateTime.UnixEpoch.AddYears(50) : DateTime.UnixEpoch.AddYears(51));
    }

    private static async Task<string> StatusAsync(HttpClient client)
    {
        using var answer = await client.PostAsync(Isl.Validate, Isl.ValidateBody);
        return answer.CacheStatus();
    }

    private static async Task<bool> IsAliveAsync(HttpClient management)
    {
        try
        {
            using var answer = await management.GetAsync("/health/live", TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("islgateway-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
