using System.Net;
using IslGateway.Caching.Epochs;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>Replicas that a name stands for.</summary>
public sealed class DiscoveryTests
{
    [Fact]
    public async Task Dns_NameThatResolves_ItsAddressesAreTheReplicas()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            new Uri($"http://localhost:{isl.BaseAddress.Port}"), "Isl:Discovery=Dns");
        var addresses = gateway.Services.GetRequiredService<ReplicaRegistry>().Replicas.Select(replica => replica.Address.Host).Order();
        Assert.Equal((await Dns.GetHostAddressesAsync("localhost", TestContext.Current.CancellationToken))
            .Select(address => new UriBuilder("http", address.ToString()).Uri.Host).Order(), addresses);
        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dns_ReplicaThatKnowsItsNameOnly_IsPolledAndAskedByIt(bool isTls)
    {
        using var certificate = Certificates.For("localhost");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await using var isl = await EchoUpstream.StartAsync(listen =>
        {
            if (isTls) listen.UseHttps(certificate);
        });
        isl.Host = $"localhost:{isl.Address.Port}";
        await using var gateway = await GatewayUnderTest.StartAsync(
            new Uri($"{(isTls ? "https" : "http")}://{isl.Host}"), ["Isl:Discovery=Dns", .. isTls ? (string[])[$"Isl:CaFile={file}"] : []]);
        using var stored = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        using var hit = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal("IslGateway; fwd=miss; stored", stored.CacheStatus());
        Assert.StartsWith("IslGateway; hit", hit.CacheStatus(), StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public async Task Dns_NameThatDoesNotResolve_DoesNotStopTheGateway()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(new Uri("http://isl.invalid:8000"), "Isl:Discovery=Dns");
        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("IslGateway; detail=upstream-unreachable", answer.CacheStatus());
        using var live = await gateway.ManagementClient.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }
}
