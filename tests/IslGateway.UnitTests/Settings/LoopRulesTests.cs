using System.Net;
using IslGateway.Endpoints;
using IslGateway.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace IslGateway.UnitTests.Settings;

public sealed class LoopRulesTests
{
    private const string Listener = "Kestrel:Endpoints:Gateway:Url";

    [Theory]
    [InlineData("http://localhost:8080", "http://localhost:8080")]
    [InlineData("http://localhost:8080", "http://LOCALHOST:8080/prefix")]
    [InlineData("http://localhost:8080", "http://127.0.0.1:8080")]
    [InlineData("http://localhost:8080", "http://127.1:8080")]
    [InlineData("http://localhost:8080", "http://[::1]:8080")]
    [InlineData("http://localhost:8080", "http://0.0.0.0:8080")]
    [InlineData("http://localhost:8080", "https://localhost:8080")]
    [InlineData("http://127.0.0.1:8080", "http://localhost:8080")]
    [InlineData("http://127.0.0.1:8080", "http://[::ffff:127.0.0.1]:8080")]
    [InlineData("http://127.0.0.2:8080", "http://127.0.0.2:8080")]
    [InlineData("http://10.1.2.3:8080", "http://10.1.2.3:8080")]
    [InlineData("http://[::1]:8080", "http://localhost:8080")]
    [InlineData("http://0.0.0.0:8080", "http://localhost:8080")]
    [InlineData("http://0.0.0.0:8080", "http://127.9.9.9:8080")]
    [InlineData("http://[::]:8080", "http://127.0.0.1:8080")]
    [InlineData("http://[::]:8080", "http://[::1]:8080")]
    [InlineData("http://*:8080", "http://localhost:8080")]
    [InlineData("http://+:8080", "http://[::]:8080")]
    [InlineData("http://gateway.example:8080", "http://127.0.0.1:8080")]
    [InlineData("http://*", "http://localhost")]
    [InlineData("https://*", "https://localhost")]
    public void Check_AddressOfAListener_IsRefused(string listener, string address)
    {
        var error = Assert.Single(Given.Errors((Listener, listener), ("Isl:BaseUrl", address)));
        Assert.Equal(("Isl:BaseUrl", address), (error.Key, error.Value));
        Assert.Equal($"must not lead back to this gateway, which listens there itself ({Listener} is {listener})", error.Rule);
    }

    [Fact]
    public void Check_OneOfSeveral_IsNamed()
    {
        var error = Assert.Single(
            Given.Errors(
                ("Kestrel:Endpoints:Management:Url", "http://*:8081"), ("Isl:BaseUrl", "http://10.0.0.1:8081;http://localhost:8081")));
        Assert.Equal("http://localhost:8081", error.Value);
        Assert.Contains("Kestrel:Endpoints:Management:Url", error.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OwnNameUnderAWildcard_IsRefused()
    {
        var name = Dns.GetHostName();
        Assert.SkipUnless(Resolves(name), "the machine's own name has no address");
        Assert.Single(Given.Errors((Listener, "http://*:8080"), ("Isl:BaseUrl", $"http://{name}:8080")));
    }

    [Theory]
    [InlineData("http://localhost:8080", "http://localhost:8000")]
    [InlineData("http://localhost:8080", "http://localhost")]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.2:8080")]
    [InlineData("http://127.0.0.1:8080", "http://[::1]:8080")]
    [InlineData("http://0.0.0.0:8080", "http://[::1]:8080")]
    [InlineData("http://0.0.0.0:8080", "http://192.0.2.1:8080")]
    [InlineData("http://*:8080", "http://192.0.2.1:8080")]
    [InlineData("http://*:8080", "http://isl.invalid:8080")]
    [InlineData("http://localhost:0", "http://localhost:8080")]
    [InlineData("http://unix:/tmp/gateway.sock", "http://localhost")]
    [InlineData("no address", "http://localhost:8080")]
    public void Check_AnotherAddress_Passes(string listener, string address) =>
        Assert.NotEmpty(Given.Loaded((Listener, listener), ("Isl:BaseUrl", address)).Isl.BaseUrls);

    [Fact]
    public void Reload_ToAnAddressOfAListener_KeepsTheOldSettings()
    {
        var configuration = Given.Configuration((Listener, "http://localhost:8080"), ("Isl:BaseUrl", "http://isl:8000"));
        using var monitor = new SettingsMonitor(
            new SettingsLoader(configuration, isDevelopment: true, EndpointRules.Check), NullLogger<SettingsMonitor>.Instance);
        configuration["Isl:BaseUrl"] = "http://127.0.0.1:8080";
        configuration.Reload();
        Assert.False(monitor.LastReloadSuccessful);
        Assert.Equal("http://isl:8000", monitor.Current.Isl.BaseUrl);
    }

    private static bool Resolves(string name)
    {
        try
        {
            return Dns.GetHostAddresses(name).Length > 0;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
