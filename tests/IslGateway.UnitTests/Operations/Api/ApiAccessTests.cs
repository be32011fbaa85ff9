using System.Net;
using IslGateway.Operations.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IslGateway.UnitTests.Operations.Api;

public sealed class ApiAccessTests
{
    private static readonly string[] Keys = ["first-key", "second-key"];

    [Theory]
    [InlineData("Bearer first-key", true)]
    [InlineData("bearer second-key", true)]
    [InlineData("BEARER   second-key", true)]
    [InlineData("Bearer first-key ", true)]
    [InlineData("Bearer First-key", false)]
    [InlineData("Bearer first-ke", false)]
    [InlineData("Bearer first-key, Bearer second-key", false)]
    [InlineData("Bearer", false)]
    [InlineData("Bearer ", false)]
    [InlineData("Bearerfirst-key", false)]
    [InlineData("Basic first-key", false)]
    [InlineData("first-key", false)]
    [InlineData("", false)]
    public void Decide_WithKeys_WantsOneOfThem(string authorization, bool isIn) =>
        Assert.Equal(
            isIn ? ApiVerdict.HasKey : ApiVerdict.LacksKey,
            ApiAccess.Decide(
                Caller("10.0.0.9", host: "gateway", authorization: authorization, origin: "https://console.example", isForwarded: true),
                Keys));

    [Fact]
    public void Decide_WithKeys_NoneOrTwoHeaders_IsNoKey()
    {
        Assert.Equal(ApiVerdict.LacksKey, ApiAccess.Decide(Caller("127.0.0.1"), Keys));
        Assert.Equal(ApiVerdict.LacksKey, ApiAccess.Decide(
            Caller("127.0.0.1", authorization: new StringValues(["Bearer first-key", "Bearer first-key"])), Keys));
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.8.9.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("::ffff:127.0.0.2", true)]
    [InlineData("10.0.0.9", false)]
    [InlineData("::ffff:10.0.0.9", false)]
    [InlineData("172.17.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("fe80::1", false)]
    [InlineData(null, false)]
    public void Decide_WithoutKeys_WantsLoopback(string? address, bool isIn) =>
        Assert.Equal(isIn ? ApiVerdict.IsLocal : ApiVerdict.FromElsewhere, ApiAccess.Decide(Caller(address), []));

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LocalHost:8081", true)]
    [InlineData("127.0.0.1:1", true)]
    [InlineData("[::1]", true)]
    [InlineData("[::1]:8081", true)]
    [InlineData("", false)]
    [InlineData("localhost.", false)]
    [InlineData("localhost.example", false)]
    [InlineData("localhost:x", false)]
    [InlineData("127.0.0.2", false)]
    [InlineData("0.0.0.0:8081", false)]
    [InlineData("gateway:8081", false)]
    public void Decide_WithoutKeys_WantsThisMachinesName(string host, bool isIn) =>
        Assert.Equal(isIn ? ApiVerdict.IsLocal : ApiVerdict.ForeignHost, ApiAccess.Decide(Caller("127.0.0.1", host), []));

    [Theory]
    [InlineData("http://localhost:8081", true)]
    [InlineData("HTTP://LOCALHOST:8081", true)]
    [InlineData("https://localhost:8081", false)]
    [InlineData("http://localhost:8080", false)]
    [InlineData("http://localhost", false)]
    [InlineData("http://127.0.0.1:8081", false)]
    [InlineData("http://x@localhost:8081", false)]
    [InlineData("http://evil.example", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    public void Decide_WithoutKeys_WantsNoOtherOrigin(string origin, bool isIn) =>
        Assert.Equal(
            isIn ? ApiVerdict.IsLocal : ApiVerdict.ForeignOrigin,
            ApiAccess.Decide(Caller("127.0.0.1", "localhost:8081", origin: origin), []));

    [Fact]
    public void Decide_WithoutKeys_DefaultPort_IsTheSameOrigin() =>
        Assert.Equal(ApiVerdict.IsLocal, ApiAccess.Decide(Caller("127.0.0.1", "localhost:80", origin: "http://localhost"), []));

    [Fact]
    public void Decide_WithoutKeys_TwoOrigins_AreForeign() =>
        Assert.Equal(
            ApiVerdict.ForeignOrigin,
            ApiAccess.Decide(Caller("127.0.0.1", origin: new StringValues(["http://localhost", "http://localhost"])), []));

    [Theory]
    [InlineData("X-Forwarded-For", ApiVerdict.Forwarded)]
    [InlineData("x-forwarded-proto", ApiVerdict.Forwarded)]
    [InlineData("Forwarded", ApiVerdict.Forwarded)]
    [InlineData("Via", ApiVerdict.Forwarded)]
    [InlineData("X-Real-IP", ApiVerdict.Forwarded)]
    [InlineData("X-Request-Id", ApiVerdict.IsLocal)]
    internal void Decide_WithoutKeys_AProxysMark_IsNotItsCallers(string header, ApiVerdict verdict)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback } };
        context.Request.Host = new HostString("localhost");
        context.Request.Headers[header] = "127.0.0.1";

        Assert.Equal(verdict, ApiAccess.Decide(ApiCaller.Of(context), []));
    }

    [Theory]
    [InlineData("GET", true)]
    [InlineData("HEAD", true)]
    [InlineData("OPTIONS", true)]
    [InlineData("DELETE", false)]
    [InlineData("POST", false)]
    [InlineData("TRACE", false)]
    [InlineData("ANYTHING", false)]
    public void IsSafe_Method_IsOneThatChangesNothing(string method, bool isSafe) => Assert.Equal(isSafe, ApiAccess.IsSafe(method));

    private static ApiCaller Caller(
        string? address, string host = "localhost", StringValues authorization = default, StringValues origin = default,
        bool isForwarded = false) =>
        new(address is null ? null : IPAddress.Parse(address), "http", new HostString(host), authorization, origin, isForwarded);
}
