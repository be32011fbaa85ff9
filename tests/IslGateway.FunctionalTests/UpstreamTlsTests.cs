using System.Net;
using System.Security.Cryptography.X509Certificates;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Settings.Reading;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace IslGateway.FunctionalTests;

/// <summary>TLS and HTTP/2, from callers and to ISL.</summary>
public sealed class UpstreamTlsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("islgateway-tls-");
    private readonly X509Certificate2 _certificate = Certificates.For("localhost", IPAddress.Loopback);

    public void Dispose()
    {
        _certificate.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Isl_OverTls_IsTrustedByCaFile()
    {
        await using var isl = await EchoUpstream.StartAsync(listen => listen.UseHttps(_certificate));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, $"Isl:CaFile={Pem(_certificate)}");
        await IsCachedAsync(gateway);
        Assert.Equal(1, isl.Asked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Isl_WithACertificateThatIsNotTrusted_IsNeverSentAnythingAndNamedInTheLog(bool hasCaFile)
    {
        using var other = Certificates.For("localhost", IPAddress.Loopback);
        await using var isl = await EchoUpstream.StartAsync(listen => listen.UseHttps(_certificate));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, hasCaFile ? [$"Isl:CaFile={Pem(other)}"] : []);
        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        using var passed = await gateway.Client.GetAsync("/docs", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadGateway, passed.StatusCode);
        Assert.Equal(0, isl.Asked);
        var stats = await gateway.ManagementClient.GetStringAsync("/api/stats", TestContext.Current.CancellationToken);
        Assert.Contains("certificate", stats, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere.pem")]
    [InlineData("empty.pem")]
    public async Task CaFile_ThatCannotBeRead_StopsTheStart(string name)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "empty.pem"), "", TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<SettingsException>(
            () => GatewayUnderTest.StartAsync(new Uri("https://127.0.0.1:1"), $"Isl:CaFile={Path.Combine(_folder.FullName, name)}"));
        Assert.Equal(["Isl:CaFile"], error.Errors.Select(e => e.Key));
    }

    [Fact]
    public async Task Isl_OverClearTextHttp2_IsAskedAndPolled()
    {
        await using var isl = await EchoUpstream.StartAsync(listen => listen.Protocols = HttpProtocols.Http2);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, "Isl:HttpVersion=2");
        await IsCachedAsync(gateway);
        Assert.Equal(1, isl.Asked);
    }

    [Fact]
    public async Task Isl_OverTlsAndHttp2_IsAskedAndPolled()
    {
        await using var isl = await EchoUpstream.StartAsync(listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(_certificate);
        });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, "Isl:HttpVersion=2", $"Isl:CaFile={Pem(_certificate)}");
        await IsCachedAsync(gateway);
        Assert.Equal(1, isl.Asked);
    }

    [Fact]
    public async Task Gateway_OverTls_SpeaksHttp2()
    {
        var port = FreePort.Next();
        var file = Path.Combine(_folder.FullName, "gateway.pfx");
        await File.WriteAllBytesAsync(file, _certificate.Export(X509ContentType.Pfx, "secret"), TestContext.Current.CancellationToken);
        await using var isl = await EchoUpstream.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.Address, $"Kestrel:Endpoints:Tls:Url=https://127.0.0.1:{port}", $"Kestrel:Endpoints:Tls:Certificate:Path={file}",
            "Kestrel:Endpoints:Tls:Certificate:Password=secret");
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate!.GetCertHashString() == _certificate.Thumbprint;
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{port}") };
        await IsCachedAsync(client, HttpVersion.Version20);
        await IsCachedAsync(client, HttpVersion.Version11);
    }

    [Fact]
    public async Task Gateway_OverClearTextHttp2_Answers()
    {
        var port = FreePort.Next();
        await using var isl = await EchoUpstream.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.Address, $"Kestrel:Endpoints:GatewayH2c:Url=http://127.0.0.1:{port}");
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        };
        await IsCachedAsync(client, HttpVersion.Version20);
    }

    private static Task IsCachedAsync(GatewayUnderTest gateway) => IsCachedAsync(gateway.Client, HttpVersion.Version11);

    private static async Task IsCachedAsync(HttpClient client, Version version)
    {
        foreach (var last in (bool[])[false, true])
        {
            using var request = Isl.Post(Isl.Validate, Isl.ValidateBody);
            (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
            using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.OK, version), (answer.StatusCode, answer.Version));
            Assert.Equal(Isl.ValidateBody, System.Text.Encoding.UTF8.GetString(EchoUpstream.BodyIn(await answer.TextAsync())));
            if (last) Assert.StartsWith("IslGateway; hit", answer.CacheStatus(), StringComparison.Ordinal);
        }
    }

    private string Pem(X509Certificate2 certificate)
    {
        var file = Path.Combine(_folder.FullName, $"{certificate.Thumbprint}.pem");
        File.WriteAllText(file, certificate.ExportCertificatePem());
        return file;
    }
}
