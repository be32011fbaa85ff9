using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary><c>islgateway health</c> as a container's health check runs it.</summary>
public sealed class HealthCommandTests
{
    /// <summary>A busy machine takes its time.</summary>
    private const string Patient = "--timeout=20s";

    private const string Address = "Kestrel__Endpoints__Management__Url";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Gateway_ThatIsServing_IsHealthyByEachWord()
    {
        await using var rig = await Rig.StartAsync();
        var url = rig.Gateway.Management.GetLeftPart(UriPartial.Authority);

        var configured = await GatewayProcess.RunAsync(
            ["health", Patient], Configured(url.Replace("127.0.0.1", "0.0.0.0", StringComparison.Ordinal)));
        var given = await GatewayProcess.RunAsync(["health", Patient, "--live", "--url", url]);

        Assert.Equal((0, 0), (configured.ExitCode, given.ExitCode));
        Assert.Contains("\"isl\":\"ok\"", configured.Output, StringComparison.Ordinal);
        Assert.Contains("{\"status\":\"ok\"}", given.Output, StringComparison.Ordinal);
    }

    /// <summary>It serves all the same.</summary>
    [Fact]
    public async Task Gateway_WithoutIslAndRedis_IsHealthy()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(
            new Uri($"http://127.0.0.1:{FreePort.Next()}"), $"ConnectionStrings:Redis=127.0.0.1:{FreePort.Next()}");

        var result = await GatewayProcess.RunAsync(["health", Patient, "--url", gateway.Management.ToString()]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("degraded", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_ThatDrains_IsUnhealthyAndLive()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = GatewayProcess.Start(
            ["--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}", "--Shutdown:ReadinessDelay=1h"]);
        await gateway.BannerAsync();
        using var management = new HttpClient { BaseAddress = gateway.Management };
        gateway.Terminate();
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await management.GetAsync("/health/ready", TestContext.Current.CancellationToken);
                return answer.StatusCode == HttpStatusCode.ServiceUnavailable;
            },
            Soon, "it drains");

        var ready = await GatewayProcess.RunAsync(["health", Patient, "--url", gateway.Management.ToString()]);
        var live = await GatewayProcess.RunAsync(["health", Patient, "--live", "--url", gateway.Management.ToString()]);

        Assert.Equal((1, 0), (ready.ExitCode, live.ExitCode));
        Assert.Contains("draining", ready.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listener_ThatIsNotThereOrSilent_IsUnhealthyWithinTheTimeout()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        var away = await GatewayProcess.RunAsync(["health", Patient], Configured($"http://127.0.0.1:{FreePort.Next()}"));
        var mute = await GatewayProcess.RunAsync(["health", "--timeout", "200ms"], Configured($"http://{silent.LocalEndpoint}"));

        Assert.Equal((1, 1), (away.ExitCode, mute.ExitCode));
        Assert.Contains("No answer from http://127.0.0.1:", away.Output, StringComparison.Ordinal);
        Assert.Contains("No answer from", mute.Output, StringComparison.Ordinal);
    }

    /// <summary>The certificate is for the name that operators use, and its root is not one that this machine trusts.</summary>
    [Fact]
    public async Task Listener_OverTls_IsAskedWhateverItsCertificateIsFor()
    {
        var folder = Directory.CreateTempSubdirectory("islgateway-health-");
        try
        {
            using var certificate = Certificates.For("gateway.example.com");
            var file = Path.Combine(folder.FullName, "gateway.pfx");
            await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pfx, "secret"), TestContext.Current.CancellationToken);
            var url = $"https://127.0.0.1:{FreePort.Next()}";
            await using var rig = await Rig.StartAsync(
                $"Kestrel:Endpoints:Management:Url={url}", $"Kestrel:Endpoints:Management:Certificate:Path={file}",
                "Kestrel:Endpoints:Management:Certificate:Password=secret");

            Assert.Equal(0, (await GatewayProcess.RunAsync(["health", Patient], Configured(url))).ExitCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Listener_OnAUnixSocket_IsAsked()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs Unix sockets");
        var folder = Directory.CreateTempSubdirectory("islgateway-health-");
        try
        {
            var url = $"http://unix:{Path.Combine(folder.FullName, "management.sock")}";
            await using var rig = await Rig.StartAsync($"Kestrel:Endpoints:Management:Url={url}");

            Assert.Equal(0, (await GatewayProcess.RunAsync(["health", Patient], Configured(url))).ExitCode);
            Assert.Equal(1, (await GatewayProcess.RunAsync(["health", Patient], Configured(url + "2"))).ExitCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Simulator_AtItsConfiguredAddress_IsAsked()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        var there = new Dictionary<string, string?> { ["Simulate__Url"] = $"http://0.0.0.0:{isl.BaseAddress.Port}" };
        var away = new Dictionary<string, string?> { ["Simulate__Url"] = $"http://0.0.0.0:{FreePort.Next()}" };

        Assert.Equal(0, (await GatewayProcess.RunAsync(["health", Patient, "--simulator"], there)).ExitCode);
        Assert.Equal(1, (await GatewayProcess.RunAsync(["health", Patient, "--simulator"], away)).ExitCode);
    }

    [Theory]
    [InlineData(2, "is no address", "health", "--url", "localhost:8081")]
    [InlineData(2, "is no address", "health", "--url", "http://localhost:0")]
    [InlineData(2, "--timeout", "health", "--timeout", "3")]
    [InlineData(2, "--timeout", "health", "--timeout", "0s")]
    [InlineData(2, "neither a command nor a setting", "health", "please")]
    [InlineData(0, "--simulator", "health", "--help")]
    public async Task Usage_WhenWrong_IsSaid(int exitCode, string said, params string[] arguments)
    {
        var result = await GatewayProcess.RunAsync(arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Configured(string url) => new() { [Address] = url };
}
