using System.Net;
using System.Net.Sockets;
using IslGateway.Corpora;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>
/// Every row of <c>Corpora/json-bodies.tsv</c> through a whole gateway: none hurts it, none is given another one's answer.
/// </summary>
public sealed class JsonCorpusTests
{
    [Theory]
    [InlineData(Isl.Validate, true)]
    [InlineData(Isl.Counterfactual, false)]
    public async Task Rows_AllOnOneConnection_AreAnsweredWithTheirOwnGroupsAnswerOnly(string target, bool sortKeys)
    {
        await using var upstream = await EchoUpstream.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(upstream.Address);
        await gateway.KnowsBuildAsync("echo");
        var connections = 0;
        using var client = OneConnection(gateway.Address, () => connections++);
        var computed = new Dictionary<string, byte[]>();

        // Twice: what comes first is computed, all that share its key are hits.
        for (var round = 0; round < 2; round++)
        {
            foreach (var row in JsonBody.All)
            {
                using var request = Isl.Post(target, row.Bytes);
                using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

                Assert.True(response.StatusCode == HttpStatusCode.OK, $"{row}: {response.StatusCode}");
                var answered = EchoUpstream.BodyIn(await response.TextAsync());
                if (!row.IsKeyed)
                {
                    Assert.True(
                        response.CacheStatus() == "IslGateway; fwd=bypass; detail=inexact-body", $"{row}: {response.CacheStatus()}");
                    Assert.True(answered.AsSpan().SequenceEqual(row.Bytes), $"{row} did not reach ISL as it was sent");
                    continue;
                }

                var isFirst = computed.TryAdd(row.Group(sortKeys), row.Bytes);
                Assert.True(
                    response.CacheStatus().Contains(isFirst ? "fwd=miss; stored" : "hit", StringComparison.Ordinal),
                    $"{row}: {response.CacheStatus()}");
                Assert.True(answered.AsSpan().SequenceEqual(computed[row.Group(sortKeys)]), $"{row} was given the answer of another group");
            }
        }

        Assert.Equal(1, connections);
    }

    private static HttpClient OneConnection(Uri address, Action connected) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        MaxConnectionsPerServer = 1,
        ConnectCallback = async (context, token) =>
        {
            connected();
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(context.DnsEndPoint, token);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = address,
    };
}
