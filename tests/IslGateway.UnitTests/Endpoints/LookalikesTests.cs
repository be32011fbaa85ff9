using IslGateway.Endpoints;
using IslGateway.UnitTests.Settings;
using Microsoft.AspNetCore.Http;

namespace IslGateway.UnitTests.Endpoints;

public sealed class LookalikesTests
{
    private static readonly EndpointTable Table = EndpointTable.Compile(Given.Loaded(
        ("Endpoints:Update:Path", "/api/v1/preferences/update"),
        ("Endpoints:Named:Path", "/users/{id}/Beliefs"),
        ("Endpoints:Named:Methods", "GET")));

    private static readonly Lookalikes Updates = new(Table.Rows);

    [Theory]
    [InlineData("post", "/api/v1/preferences/update")]
    [InlineData("pOsT", "/api/v1/preferences/update")]
    [InlineData("PUT", "/api/v1/preferences/update")]
    [InlineData("patch", "/api/v1/preferences/update")]
    [InlineData("DELETE", "/api/v1/preferences/update")]
    [InlineData("QUERY", "/api/v1/preferences/update")]
    [InlineData("POST", "/api/v1/preferences/%75pdate")]
    [InlineData("POST", "/api/v1/preferences/%2575pdate")]
    [InlineData("POST", "/api/v1/preferences/%25%37%35pdate")]
    [InlineData("POST", "/api/v1/preferences/%%37%35pdate")]
    [InlineData("POST", "/%61%70%69/v1/preferences/update")]
    [InlineData("POST", "/api/v1/preferences%2Fupdate")]
    [InlineData("POST", "/api/v1/preferences%2fupdate")]
    [InlineData("POST", "/api%5cv1/preferences\\update")]
    [InlineData("POST", "/api/v1/preferences/update#x")]
    [InlineData("POST", "/api/v1/preferences/update%23x/y")]
    [InlineData("POST", "/api/v1/preferences/update%3Fx=y")]
    [InlineData("POST", "/api/v1/preferences/update;x=y/z")]
    [InlineData("POST", "/api/v1/preferences;x=y/update")]
    [InlineData("POST", "/a;b/../api/v1/preferences/update")]
    [InlineData("POST", "/a%23b/../api/v1/preferences/update")]
    [InlineData("POST", "/api/v1/preferences/update/")]
    [InlineData("POST", "//api///v1/preferences/update//")]
    [InlineData("POST", "/api/v1/./preferences/update/.")]
    [InlineData("POST", "/api/v1/x/../preferences/update")]
    [InlineData("POST", "/api/v1/%2e%2E/v1/preferences/update")]
    [InlineData("POST", "/../api/v1/preferences/update")]
    [InlineData("POST", "/api/v1/Preferences/UPDATE")]
    [InlineData("POST", "/api/v1/preferences/update%0A")]
    [InlineData("POST", "/api/v1/preferences/update%20")]
    [InlineData("POST", "/api/v1/preferences/update%00.json")]
    [InlineData("get", "/users/ann/beliefs")]
    [InlineData("POST", "/users/ann%2Fbob/Beliefs")]
    [InlineData("POST", "/users/%61/Beliefs/")]
    public void Include_OtherSpellingOrMethod_IsOne(string method, string path) =>
        Assert.True(Updates.Include(method, path, new HeaderDictionary()));

    [Theory]
    [InlineData("POST", "")]
    [InlineData("POST", "/")]
    [InlineData("POST", "/api/v1/preferences")]
    [InlineData("POST", "/api/v1/preferences/update/x")]
    [InlineData("POST", "/api/v1/preferences/updates")]
    [InlineData("POST", "/api/v1/preferences/update/..")]
    [InlineData("POST", "/v1/preferences/update")]
    [InlineData("POST", "/api/v1/preferences/%7pdate")]
    [InlineData("POST", "/api/v1/preferences/%zzupdate")]
    [InlineData("POST", "/api/v1/preferences/elicit")]
    [InlineData("POST", "/users/beliefs")]
    [InlineData("POST", "/users/a/beliefs/b")]
    [InlineData("GET", "/api/v1/preferences/update")]
    [InlineData("head", "/api/v1/preferences/update")]
    [InlineData("OPTIONS", "/api/v1/preferences/%75pdate")]
    public void Include_AnotherPathOrASafeMethod_IsNone(string method, string path) =>
        Assert.False(Updates.Include(method, path, new HeaderDictionary()));

    [Theory]
    [InlineData("X-HTTP-Method-Override")]
    [InlineData("x-http-method")]
    [InlineData("X-Method-Override")]
    public void Include_SafeMethodThatAHeaderReplaces_IsOne(string header) =>
        Assert.True(Updates.Include("GET", "/api/v1/preferences/update", new HeaderDictionary { [header] = "POST" }));

    [Fact]
    public void Include_NoRows_IsNone() =>
        Assert.False(new Lookalikes([]).Include("post", "/api/v1/preferences/update", new HeaderDictionary()));
}
