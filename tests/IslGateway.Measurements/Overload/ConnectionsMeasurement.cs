using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.Measurements.Overload;

/// <summary>
/// What callers cost who take what they can and give nothing back: a bounded piece of memory each, and hits go on meanwhile.
/// </summary>
public sealed class ConnectionsMeasurement
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task SlowReaders()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        const int Readers = 200;
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = GatewayProcess.Start(
            ["--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}", "--Limits:MinTransferRate=64KiB",
                "--Limits:RateGracePeriod=10s"]);
        await gateway.BannerAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        using var management = new HttpClient { BaseAddress = gateway.Management };
        isl.State.Update(knobs => knobs with { BodyPadding = 3_500_000 });
        using (var large = await client.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody))
            Assert.Equal(HttpStatusCode.OK, large.StatusCode);
        using (var large = await client.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody))
            Assert.Contains("; hit;", large.CacheStatus(), StringComparison.Ordinal);
        isl.State.Update(knobs => knobs with { BodyPadding = 0 });
        await using var pulse = await Pulse.StartAsync(gateway.Address, gateway.Management);
        var before = gateway.ResidentBytes;

        var readers = new List<Socket>();
        var request = Encoding.UTF8.GetBytes(RawHttp.Request(
            Isl.CounterfactualBody, $"POST {Isl.Counterfactual} HTTP/1.1", "Host: h", "Content-Type: application/json",
            $"Content-Length: {Encoding.UTF8.GetByteCount(Isl.CounterfactualBody)}"));
        for (var i = 0; i < Readers; i++)
        {
            var reader = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
            await reader.ConnectAsync(gateway.Address.Host, gateway.Address.Port, TestContext.Current.CancellationToken);
            await reader.SendAsync(request, TestContext.Current.CancellationToken);
            readers.Add(reader);
        }

        await Eventually.TrueAsync(() => readers.TrueForAll(reader => reader.Available > 0), Soon, "every reader's answer has begun");
        var buffered = await ValueAsync(management, "isl_gateway_buffered_bytes");
        await pulse.GoesOnAsync(20);
        var perReader = (gateway.ResidentBytes - before) / Readers;
        await pulse.StopAsync($"{Readers} slow readers of 3.5 MB");
        Figures.Report("overload", $"{perReader / 1024} KiB per slow reader; {buffered / 1024:0} KiB of buffers counted");

        Assert.InRange(perReader, 0, 1 << 20);
        Assert.InRange(buffered, 3_500_000, 4_500_000);
        await Eventually.TrueAsync(
            async () => await ValueAsync(management, "isl_gateway_buffered_bytes") == 0, Soon, "slow readers are cut off");
        foreach (var reader in readers) reader.Dispose();
    }

    [Fact]
    public async Task TenThousandIdleConnections()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        var connections = Math.Min(10_000, OpenFilesAllowed() - 2_000);
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = GatewayProcess.Start(
            ["--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}", "--Limits:MaxConnections=20000",
                "--Limits:KeepAliveTimeout=20s"]);
        await gateway.BannerAsync();
        using var management = new HttpClient { BaseAddress = gateway.Management };
        await using var pulse = await Pulse.StartAsync(gateway.Address, gateway.Management);
        await pulse.GoesOnAsync(20);
        var before = gateway.ResidentBytes;

        var idle = new List<Socket>(connections);
        for (var i = 0; i < connections; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, gateway.Address.Port), TestContext.Current.CancellationToken);
            idle.Add(socket);
        }

        await Eventually.TrueAsync(
            async () => await ValueAsync(management, "isl_gateway_connections") >= connections * 0.9, Soon, "the connections are open");
        await pulse.GoesOnAsync(20);
        var each = (gateway.ResidentBytes - before) / connections;
        Figures.Report("overload", $"{connections} idle connections: {each} bytes each");

        Assert.InRange(each, 0, 32 * 1024);
        await Eventually.TrueAsync(
            async () => await ValueAsync(management, "isl_gateway_connections") <= 10, TimeSpan.FromSeconds(120),
            "idle connections are closed");
        await pulse.StopAsync($"{connections} idle connections");
        foreach (var socket in idle) socket.Dispose();
    }

    private static async Task<double> ValueAsync(HttpClient management, string metric)
    {
        var text = await management.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        var line = text.Split('\n').Single(line => line.StartsWith(metric + " ", StringComparison.Ordinal));
        return double.Parse(line[(metric.Length + 1)..], CultureInfo.InvariantCulture);
    }

    private static int OpenFilesAllowed() => int.TryParse(
        File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3],
        out var allowed) ? allowed : int.MaxValue;
}
