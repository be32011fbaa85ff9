using IslGateway.Edge;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Upstream;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>How many requests are under way, which the log tells whoever stops the gateway.</summary>
public sealed class RequestCountTests
{
    /// <summary>
    /// A miss looks for a plain hit first and goes the whole way then: it is one request at every moment, and none at the end.
    /// </summary>
    [Theory]
    [InlineData("X-Any: 1")]
    [InlineData("Cache-Control: max-age=60")]
    public async Task Request_WhenIslIsCalled_CountsAsOne(string header)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        var counted = new List<int>();
        await using var gateway = await GatewayUnderTest.StartAsync(
            [isl.BaseAddress],
            services =>
            {
                var own = services.Last(service => service.ServiceType == typeof(IUpstream)).ImplementationFactory!;
                services.AddSingleton<IUpstream>(provider =>
                    new CountingUpstream((IUpstream)own(provider), provider.GetRequiredService<RequestCount>(), counted));
            });

        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, header);

        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal([1], counted);
        await Eventually.TrueAsync(
            () => gateway.Services.GetRequiredService<RequestCount>().UnderWay == 0, TimeSpan.FromSeconds(60), "nothing is under way");
    }

    private sealed class CountingUpstream(IUpstream upstream, RequestCount requests, List<int> counted) : IUpstream
    {
        public int Replicas => upstream.Replicas;

        public UpstreamRefusal? Refusal(UpstreamCall call) => upstream.Refusal(call);

        public Task<UpstreamAnswer> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
        {
            counted.Add(requests.UnderWay);
            return upstream.SendAsync(call, cancellationToken);
        }
    }
}
