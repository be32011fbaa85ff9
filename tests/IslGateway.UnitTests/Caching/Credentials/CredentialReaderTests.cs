using IslGateway.Caching.Credentials;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IslGateway.UnitTests.Caching.Credentials;

public sealed class CredentialReaderTests
{
    private static readonly string[] Names = ["X-API-Key", "Authorization"];

    [Fact]
    public void Of_AnyDifferenceInTheHeaders_IsAnotherCredential()
    {
        Credential[] all =
        [
            Of(),
            Of(("X-API-Key", "")),
            Of(("X-API-Key", "a")),
            Of(("X-API-Key", "A")),
            Of(("X-API-Key", " a")),
            Of(("X-API-Key", "b")),
            Of(("X-API-Key", new StringValues(["a", "a"]))),
            Of(("X-API-Key", new StringValues(["a", "b"]))),
            Of(("X-API-Key", new StringValues(["b", "a"]))),
            Of(("X-API-Key", "a,b")),
            Of(("Authorization", "a")),
            Of(("Authorization", "")),
            Of(("X-API-Key", "a"), ("Authorization", "b")),
            Of(("X-API-Key", "b"), ("Authorization", "a")),
            Of(("X-API-Key", "a"), ("Authorization", "")),
            Of(("X-API-Key", "ab"), ("Authorization", "")),
        ];

        Assert.Equal(all.Length, all.Select(credential => credential.Digest).Distinct().Count());
    }

    [Fact]
    public void Of_OtherHeadersAndCaseOfNames_ChangeNothing()
    {
        Assert.Equal(Of(("X-API-Key", "a")), Of(("x-api-key", "a"), ("Cookie", "c")));
        Assert.Equal(Of(), Of(("Cookie", "c")));
    }

    [Fact]
    public void Of_Secret_ChangesTheDigest()
    {
        var headers = new HeaderDictionary { ["X-API-Key"] = "a" };
        Assert.NotEqual(CredentialReader.Of(headers, Names, "s1"u8).Digest, CredentialReader.Of(headers, Names, "s2"u8).Digest);
        Assert.NotEqual(CredentialReader.Of(headers, Names, "s1"u8).Digest, CredentialReader.Of(headers, Names, []).Digest);
    }

    private static Credential Of(params (string Name, StringValues Value)[] values)
    {
        var headers = new HeaderDictionary();
        foreach (var (name, value) in values) headers[name] = value;
        return CredentialReader.Of(headers, Names, []);
    }
}
