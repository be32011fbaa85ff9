using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Upstream.Forwarding;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>ISL's name has two addresses, of which the first swallows connections.</summary>
public sealed class DeafAddressTests
{
    private static readonly IPAddress Good = IPAddress.Parse("127.0.0.2");

    [Theory]
    [InlineData(Isl.Validate)]
    [InlineData("/ready")]
    public async Task FirstAddress_SwallowsConnections_TheNextOneAnswersCallsAndPolls(string target)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs the whole of 127/8");
        var port = FreePort.Next();
        await using var deaf = await DeafAddress.StartAsync(new IPEndPoint(IPAddress.Loopback, port));
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 }, $"http://{Good}:{port}");
        await using var gateway = await GatewayUnderTest.StartAsync(
            [new Uri($"http://isl.test:{port}")],
            services => services.AddSingleton(new HostLookups(_ => Task.FromResult<IPAddress[]>([IPAddress.Loopback, Good]))),
            "Isl:ConnectTimeout=10s", "Isl:HealthTimeout=10s", "Isl:IdleTimeout=100ms");
        await gateway.KnowsBuildAsync("sim-0001");

        for (var i = 0; i < 3; i++)
        {
            using var answer = target == Isl.Validate
                ? await gateway.Client.PostAsync(target, Isl.ValidateBody, "Cache-Control: no-cache")
                : await gateway.Client.GetAsync(target, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }
}
