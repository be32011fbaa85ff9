using IslGateway.Endpoints;
using IslGateway.UnitTests.Settings;

namespace IslGateway.UnitTests.Endpoints;

public sealed class RowRulesTests
{
    [Theory]
    [InlineData("Endpoints:A:Cache", "Session")]
    [InlineData("Endpoints:A:KeyOrder", "Sorted")]
    [InlineData("Endpoints:A:KeyHeaders", "X-A")]
    [InlineData("Endpoints:A:IgnoreFields", "/a")]
    [InlineData("Endpoints:A:IgnoreFields", "/x")]
    [InlineData("Endpoints:A:BodyFingerprint", "IfPresent")]
    [InlineData("Endpoints:A:FingerprintAt", "/x")]
    [InlineData("Endpoints:A:EchoedId", "/x")]
    [InlineData("Endpoints:A:NeverStoreWhen", "/x exists")]
    [InlineData("Cache:NeverStoreWhen", "/x exists")]
    [InlineData("Endpoints:A:CredentialScope", "Shared")]
    [InlineData("Cache:CredentialScope", "Shared")]
    [InlineData("Endpoints:A:Session:User", "/x")]
    [InlineData("Endpoints:A:Session:InvalidatedBy", "B")]
    public void DigestOf_AnotherRule_IsAnother(string key, string value) => Assert.NotEqual(Digest(), Digest((key, value)));

    [Theory]
    [InlineData("Endpoints:A:Ttl", "1s")]
    [InlineData("Endpoints:A:StaleTtl", "1s")]
    [InlineData("Endpoints:A:Timeout", "1s")]
    [InlineData("Endpoints:A:Retry", "false")]
    [InlineData("Endpoints:A:VolatileFields", "/x")]
    [InlineData("Cache:DefaultTtl", "1s")]
    public void DigestOf_WhatChangesNeitherKeyNorStoring_IsTheSame(string key, string value) =>
        Assert.Equal(Digest(), Digest((key, value)));

    [Theory]
    [InlineData("KeyHeaders", "X-A, X-B", "x-b, X-A")]
    [InlineData("IgnoreFields", "/a, /b", "/b, /a, /a")]
    [InlineData("NeverStoreWhen", "/a exists, /b exists", "/b exists, /a exists")]
    public void DigestOf_SameSetInAnotherOrder_IsTheSame(string field, string one, string other) =>
        Assert.Equal(Digest(($"Endpoints:A:{field}", one)), Digest(($"Endpoints:A:{field}", other)));

    [Theory]
    [InlineData("FingerprintAt", "/a, /b", "/b, /a")]
    [InlineData("IgnoreFields", "/a, /b", "/a/b")]
    public void DigestOf_OrderOrBoundaryThatCounts_IsAnother(string field, string one, string other) =>
        Assert.NotEqual(Digest(($"Endpoints:A:{field}", one)), Digest(($"Endpoints:A:{field}", other)));

    private static string Digest(params (string Key, string? Value)[] settings)
    {
        var loaded = Given.Loaded(
        [
            ("Endpoints:A:Path", "/a"), ("Endpoints:A:Cache", "Deterministic"), ("Endpoints:A:Session:User", "/user"),
            ("Endpoints:B:Path", "/b"), ("Endpoints:B:Cache", "None"), .. settings,
        ]);
        return Convert.ToHexString(EndpointTable.Compile(loaded).Match("/a")!.Rules);
    }
}
