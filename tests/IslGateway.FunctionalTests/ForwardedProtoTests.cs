using System.Net;
using System.Security.Cryptography.X509Certificates;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>What ISL is told of callers that come by TLS, and what its answers then say to them and to nobody else.</summary>
public sealed class ForwardedProtoTests : IDisposable
{
    private const string Secure = "Strict-Transport-Security";
    private const string Proto = "X-Forwarded-Proto";
    private const string Slash = Isl.Teach + "/";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("islgateway-proto-");
    private readonly X509Certificate2 _certificate = Certificates.For("localhost", IPAddress.Loopback);

    public void Dispose()
    {
        _certificate.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Redirect_OfACallerByTls_LeadsBackByTls()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var stage = await StartAsync(isl);

        using var byTls = await stage.Tls.PostAsync(Slash, "{}");
        using var inClear = await stage.Gateway.Client.PostAsync(Slash, "{}");
        using var behindTls = await stage.Gateway.Client.PostAsync(Slash, "{}", $"{Proto}: https");
        using var behindPlain = await stage.Tls.PostAsync(Slash, "{}", $"{Proto}: http");

        Assert.Equal($"{stage.Tls.BaseAddress!.AbsoluteUri.TrimEnd('/')}{Isl.Teach}", byTls.Headers.Location?.OriginalString);
        Assert.Equal($"{stage.Gateway.Address.AbsoluteUri.TrimEnd('/')}{Isl.Teach}", inClear.Headers.Location?.OriginalString);
        Assert.Equal(Uri.UriSchemeHttps, behindTls.Headers.Location?.Scheme);
        Assert.Equal(Uri.UriSchemeHttp, behindPlain.Headers.Location?.Scheme);
        Assert.Equal(["https", null, "https", "http"], isl.State.LastCalls(Slash).Select(call => call.Header(Proto)));
    }

    [Fact]
    public async Task StrictTransportSecurity_ReachesCallersByTlsOnMissesAndHits_AndNoOthers()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var stage = await StartAsync(isl);

        foreach (var status in (string[])["fwd=miss; stored", "hit"])
        {
            using var inClear = await stage.Gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
            using var byTls = await stage.Tls.PostAsync(Isl.Validate, Isl.ValidateBody);

            Assert.StartsWith($"IslGateway; {status}", inClear.CacheStatus(), StringComparison.Ordinal);
            Assert.StartsWith($"IslGateway; {status}", byTls.CacheStatus(), StringComparison.Ordinal);
            Assert.False(inClear.Headers.Contains(Secure));
            Assert.Equal("max-age=31536000; includeSubDomains", Assert.Single(byTls.Headers.GetValues(Secure)));
        }

        using var update = await stage.Tls.PostAsync(Isl.Update, "{}");
        Assert.True(update.Headers.Contains(Secure));
        Assert.Equal(2, isl.State.Calls(Isl.Validate));
    }

    private async Task<Stage> StartAsync(SimulatorHost isl)
    {
        var port = FreePort.Next();
        var file = Path.Combine(_folder.FullName, "gateway.pfx");
        await File.WriteAllBytesAsync(file, _certificate.Export(X509ContentType.Pfx, "secret"), TestContext.Current.CancellationToken);
        var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, $"Kestrel:Endpoints:Tls:Url=https://127.0.0.1:{port}", $"Kestrel:Endpoints:Tls:Certificate:Path={file}",
            "Kestrel:Endpoints:Tls:Certificate:Password=secret");
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate!.GetCertHashString() == _certificate.Thumbprint;
        return new Stage(gateway, new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{port}") });
    }

    private sealed record Stage(GatewayUnderTest Gateway, HttpClient Tls) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            Tls.Dispose();
            return Gateway.DisposeAsync();
        }
    }
}
