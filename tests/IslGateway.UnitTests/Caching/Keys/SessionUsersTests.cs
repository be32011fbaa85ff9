using System.Text;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.UnitTests.Caching.Keys;

public sealed class SessionUsersTests
{
    [Theory]
    [InlineData("/user_id", """{"user_id":"ann"}""", "ann")]
    [InlineData("/user_id", """{"a":{"user_id":"no"},"b":["user_id"],"user_id":"ann","c":1}""", "ann")]
    [InlineData("/user_id", """{"user\u005fid":"\u0061nn"}""", "ann")]
    [InlineData("/user_id", """{"user_id":""}""", "")]
    [InlineData("/user_id", """{"user_id":" Ann "}""", " Ann ")]
    [InlineData("/user_id", """{"user_id":"\ud83d\ude00"}""", "\U0001f600")]
    [InlineData("/user_id", """{"user_id":"ann","user_id":"bob"}""", "ann|bob")]
    [InlineData("/user_id", """{"user_id":"ann","user\u005fid":"bob","user_id":"ann"}""", "ann|bob|ann")]
    [InlineData("/user_id", "\uFEFF{\"user_id\":\"ann\"}", "ann")]
    [InlineData("/user/id", """{"user":{"name":"x","id":"ann"}}""", "ann")]
    [InlineData("/user/id", """{"user":{"id":"ann"},"user":{"id":"bob"}}""", "ann|bob")]
    [InlineData("/a~1b/c~0d", """{"a/b":{"c~d":"ann"}}""", "ann")]
    public void Find_Body_GivesEveryCandidate(string place, string body, string users) =>
        Assert.Equal(users.Split('|').Select(user => Digest.Of(Encoding.UTF8.GetBytes(user))), Find(place, body));

    [Theory]
    [InlineData("/user_id", "")]
    [InlineData("/user_id", "{}")]
    [InlineData("/user_id", "[]")]
    [InlineData("/user_id", "\"ann\"")]
    [InlineData("/user_id", """{"User_Id":"ann"}""")]
    [InlineData("/user_id", """{"user_id":null}""")]
    [InlineData("/user_id", """{"user_id":5}""")]
    [InlineData("/user_id", """{"user_id":true}""")]
    [InlineData("/user_id", """{"user_id":["ann"]}""")]
    [InlineData("/user_id", """{"user_id":{"user_id":"ann"}}""")]
    [InlineData("/user_id", """{"user_id":"ann","user_id":5}""")]
    [InlineData("/user_id", """{"user_id":5,"user_id":"ann"}""")]
    [InlineData("/user_id", """{"user_id":"ann" """)]
    [InlineData("/user_id", """{"user_id":"ann","a":NaN}""")]
    [InlineData("/user_id", """{"user_id":"ann",}""")]
    [InlineData("/user_id", """{"user_id":"\ud800"}""")]
    [InlineData("/user_id", "not json")]
    [InlineData("/user/id", """{"user":"ann"}""")]
    [InlineData("/user/id", """{"user":["id","ann"]}""")]
    public void Find_NoUserForSure_IsNull(string place, string body) => Assert.Null(Find(place, body));

    [Fact]
    public void Find_Utf16_IsNull() =>
        Assert.Null(SessionUsers.Find(Encoding.Unicode.GetBytes("""{"user_id":"ann"}"""), JsonPointer.Parse("/user_id")));

    [Fact]
    public void Find_AnyPrefixOfABody_IsNull()
    {
        const string Whole = """{"user_id":"ann","rest":[1,{"a":"b"}]}""";
        for (var length = 0; length < Whole.Length; length++) Assert.Null(Find("/user_id", Whole[..length]));
    }

    /// <summary>Both ways find the same, in every body that can be read exactly.</summary>
    [Theory]
    [InlineData("/user_id", """{"a":{"user_id":"no"},"b":["user_id",{"user_id":1}],"user_id":"ann","c":1.5}""")]
    [InlineData("/user_id", """{"user\u005fid":"\u0061nn\ud83d\ude00"}""")]
    [InlineData("/user_id", """{"User_Id":"ann"}""")]
    [InlineData("/user_id", """{"user_id":5}""")]
    [InlineData("/user_id", """{"user_id":["ann"]}""")]
    [InlineData("/user_id", "[]")]
    [InlineData("/user_id", "\"ann\"")]
    [InlineData("/user/id", """{"user":{"name":"x","id":"ann"}}""")]
    [InlineData("/user/id", """{"user":["id","ann"]}""")]
    [InlineData("/a~1b/c~0d", """{"z":[{"a/b":1}],"a/b":{"b":{},"c~d":"ann"}}""")]
    [InlineData("", "\"ann\"")]
    public void FindExact_CanonicalBytes_GivesWhatTheTextDoes(string place, string body)
    {
        foreach (var isSorted in (bool[])[true, false])
        {
            using var canonical = new CanonicalBuffer();
            Assert.True(CanonicalBody.TryWrite(Encoding.UTF8.GetBytes(body), isSorted, ignored: null, canonical));
            Assert.Equal(
                Find(place, body) is [var user] ? user : null, SessionUsers.FindExact(canonical.Written, JsonPointer.Parse(place)));
        }
    }

    private static IReadOnlyList<Digest>? Find(string place, string body) =>
        SessionUsers.Find(Encoding.UTF8.GetBytes(body), JsonPointer.Parse(place));
}
