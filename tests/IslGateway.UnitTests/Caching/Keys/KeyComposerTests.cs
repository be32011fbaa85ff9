using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IslGateway.UnitTests.Caching.Keys;

public sealed class KeyComposerTests : IDisposable
{
    private static readonly Digest One = Digest.Of("1"u8);
    private static readonly Digest Two = Digest.Of("2"u8);
    private static readonly Credential Ann = new(Digest.Of("ann"u8));
    private static readonly Credential Bob = new(Digest.Of("bob"u8));

    private readonly LiveSettings _settings = new();
    private readonly KeyComposer _keys;

    public KeyComposerTests() => _keys = new KeyComposer(_settings.Monitor);

    [Fact]
    public void Compose_EachPart_ChangesTheKey()
    {
        var row = Row("A");
        Digest[] keys =
        [
            Key(row),
            Key(Row("B")),
            Key(row, method: "GET"),
            Key(row, target: "/a?x=1"),
            Key(row, target: "/a?"),
            Key(row, target: "/A"),
            Key(row, body: Two),
            Key(row, credential: Bob),
            Key(row, headers: ("X-Version", "")),
            Key(row, headers: ("X-Version", "1")),
            Key(row, headers: ("X-Version", "2")),
            Key(row, headers: ("X-Version", new StringValues(["1", "2"]))),
            Key(row, headers: ("X-Version", new StringValues(["2", "1"]))),
            Key(row, headers: ("X-Version", "1,2")),
            Key(row, headers: ("X-Other", "1")),

            // The name of one header as the value of another.
            Key(row, headers: ("X-Other", "X-Other")),
            Key(row, headers: ("X-Version", "X-Other")),
            Key(row, session: new SessionKey(One, One)),
            Key(row, session: new SessionKey(One, Two)),
            Key(row, session: new SessionKey(Two, One)),
            Key(row, generations: new PurgeTokens(One, Two)),
            Key(row, generations: new PurgeTokens(Two, One)),
            Key(row, generations: new PurgeTokens(One, One)),
            Key(Row("A", rules: new EndpointOptions { KeyOrder = KeyOrder.Sorted })),
            Key(Row("A", rules: new EndpointOptions { IgnoreFields = ["/a"] })),
            Key(Row("A", rules: new EndpointOptions { NeverStoreWhen = ["/a exists"] })),
            Key(Row("A", rules: new EndpointOptions { BodyFingerprint = BodyFingerprint.IfPresent })),
        ];

        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(keys[0], Key(row));
    }

    [Fact]
    public void Compose_HeadersThatDoNotCount_ChangeNothing()
    {
        Assert.Equal(Key(Row("A")), Key(Row("A"), headers: ("User-Agent", "x")));
        Assert.Equal(Key(Row("A"), headers: ("X-Version", "1")), Key(Row("A"), headers: ("x-version", "1")));
    }

    [Fact]
    public void Compose_Query_SharesThePostsEntry()
    {
        Assert.Equal(Key(Row("A")), Key(Row("A"), method: "QUERY"));
        Assert.NotEqual(Key(Row("A")), Key(Row("A"), method: "PUT"));
        Assert.NotEqual(Key(Row("A")), Key(Row("A"), method: "query"));
    }

    [Fact]
    public void Compose_SharedScope_LeavesTheCredentialOut()
    {
        Assert.Equal(Key(Row("A", CredentialScope.Shared)), Key(Row("A", CredentialScope.Shared), credential: Bob));
        Assert.NotEqual(Key(Row("A")), Key(Row("A", CredentialScope.Shared)));
    }

    [Fact]
    public void Under_Epochs_AreKeysApart()
    {
        var keys = new RequestKeys(_keys, Request("POST"), Row("A"), "/a", One, Ann, null, default);
        Digest[] all = [keys.Under(One), keys.Under(Two), keys.Under(default), Key(Row("A"))];

        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Equal(keys.Under(One), _keys.Under(Key(Row("A")), One));
    }

    [Fact]
    public void Under_RequestChangedMeanwhile_StaysTheSame()
    {
        var request = Request("POST", ("X-Version", "1"));
        var keys = new RequestKeys(_keys, request, Row("A"), "/a", One, Ann, null, default);
        var before = keys.Under(One);
        request.Method = "GET";
        request.Headers.Clear();
        Assert.Equal(before, keys.Under(One));
    }

    [Fact]
    public void Question_OtherCaller_IsTheSame()
    {
        Digest Question(Digest body, Credential credential, string method = "POST") =>
            new RequestKeys(_keys, Request(method), Row("A"), "/a", body, credential, null, new PurgeTokens(body, body))
                .Question(Request(method));
        Assert.Equal(Question(One, Ann), Question(One, Bob));
        Assert.NotEqual(Question(One, Ann), Question(Two, Ann));
        Assert.NotEqual(Question(One, Ann), Question(One, Ann, "PUT"));
    }

    [Fact]
    public void Compose_Secret_ChangesEveryKey()
    {
        var plain = (Key(Row("A")), _keys.Under(One, Two));

        _settings.Reload("Cache:KeySecret", "a secret of sufficient length for anyone");
        var secret = (Key(Row("A")), _keys.Under(One, Two));
        _settings.Reload("Cache:KeySecret", "another secret of sufficient length to use");

        Assert.NotEqual(plain.Item1, secret.Item1);
        Assert.NotEqual(plain.Item2, secret.Item2);
        Assert.NotEqual(secret.Item1, Key(Row("A")));
    }

    public void Dispose() => _settings.Dispose();

    private static EndpointRow Row(string name, CredentialScope scope = CredentialScope.Partitioned, EndpointOptions? rules = null) =>
        Rows.Of(
        new EndpointOptions
        {
            Path = "/a",
            Cache = CachePolicy.Deterministic,
            KeyHeaders = ["X-Version", "X-Other"],
            KeyOrder = rules?.KeyOrder,
            IgnoreFields = rules?.IgnoreFields,
            NeverStoreWhen = rules?.NeverStoreWhen,
            BodyFingerprint = rules?.BodyFingerprint,
        },
        scope,
        name);

    private static HttpRequest Request(string method, params (string Name, StringValues Value)[] headers)
    {
        var request = new DefaultHttpContext().Request;
        request.Method = method;
        foreach (var (name, value) in headers) request.Headers[name] = value;
        return request;
    }

    private Digest Key(
        EndpointRow row, string method = "POST", string target = "/a", Digest? body = null, Credential? credential = null,
        SessionKey? session = null, PurgeTokens generations = default,
        params (string Name, StringValues Value)[] headers) =>
        _keys.Compose(Request(method, headers), row, target, body ?? One, credential ?? Ann, session, generations);
}
