using System.Net;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Epochs;

/// <summary>Asks one replica what it says of itself, beside and without the connections that calls use.</summary>
internal sealed class PollClient(IDialer dialer, Via via, IslOptions isl, long maxSize) : IDisposable
{
    // Like the version for calls, a change takes effect at the next start.
    private readonly Version _version = isl.HttpVersion == "2" ? HttpVersion.Version20 : HttpVersion.Version11;
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,

        // Each poll has its own connection: a load balancer that binds a connection to one process would hide the other processes.
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectTimeout = isl.ConnectTimeout,
        ActivityHeadersPropagator = null,
        ConnectCallback = dialer.DialAsync,
        SslOptions = TrustedRoots.For(isl),
    })
    { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = maxSize };

    /// <summary>The whole answer to a GET.</summary>
    /// <exception cref="HttpRequestException">There is none, or it is larger than this client takes.</exception>
    public async Task<HttpResponseMessage> GetAsync(Replica replica, string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(replica.Address.AbsoluteUri.TrimEnd('/') + path))
        {
            Version = _version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Host = replica.Host;
        request.Headers.TryAddWithoutValidation(Via.Header, via.Member("1.1"));
        return await _client.SendAsync(request, cancellationToken);
    }

    public void Dispose() => _client.Dispose();
}
