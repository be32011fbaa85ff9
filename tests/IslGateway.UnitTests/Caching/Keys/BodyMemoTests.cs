using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.UnitTests.Caching.Keys;

public sealed class BodyMemoTests : IDisposable
{
    private readonly LiveSettings _settings = new(
        ("Endpoints:Sorted:Path", "/s"), ("Endpoints:Sorted:Cache", "Deterministic"), ("Endpoints:Sorted:KeyOrder", "Sorted"),
        ("Endpoints:Significant:Path", "/o"), ("Endpoints:Significant:Cache", "Deterministic"),
        ("Endpoints:Significant:KeyOrder", "Significant"),
        ("Endpoints:Ignoring:Path", "/i"), ("Endpoints:Ignoring:Cache", "Deterministic"), ("Endpoints:Ignoring:KeyOrder", "Sorted"),
        ("Endpoints:Ignoring:IgnoreFields", "/b"));
    private readonly BodyMemo _memo;

    public BodyMemoTests() => _memo = new BodyMemo(_settings.Table);

    [Fact]
    public void Find_RepeatedBody_IsNotDecodedAgain()
    {
        using var first = Bodies.Gzip("""{"a":1}""");
        var known = _memo.Find(Row("Sorted"), first, out var result);
        Assert.Equal(DecodeResult.Ok, result);
        Assert.NotNull(known?.Digest);

        // Nothing may be written beyond the wire bytes: a second decoding would fail.
        var wire = first.Wire.ToArray();
        using var again = Unreadable(wire);
        Assert.Same(known, _memo.Find(Row("Sorted"), again, out result));
        Assert.Equal(DecodeResult.Ok, result);
        using var elsewhere = Unreadable(wire);
        Assert.Null(_memo.Find(Row("Significant"), elsewhere, out result));
        Assert.Equal(DecodeResult.OverBudget, result);
    }

    [Fact]
    public void Find_DamagedBody_IsNotRemembered()
    {
        using var whole = Bodies.Gzip("""{"a":1}""");
        var wire = whole.Wire.ToArray();
        using var damaged = Bodies.Of(wire[..^1], ContentCoding.Gzip, "gzip");

        Assert.Null(_memo.Find(Row("Sorted"), damaged, out var result));
        Assert.Equal(DecodeResult.Damaged, result);
        Assert.Null(_memo.Find(Row("Sorted"), damaged, out result));
        Assert.Equal(DecodeResult.Damaged, result);
    }

    [Fact]
    public void Find_NoRoomAtFirst_IsFoundLater()
    {
        using var whole = Bodies.Gzip("""{"a":1}""");
        using var cramped = Unreadable(whole.Wire.ToArray());

        Assert.Null(_memo.Find(Row("Sorted"), cramped, out var result));
        Assert.Equal(DecodeResult.OverBudget, result);
        Assert.NotNull(_memo.Find(Row("Sorted"), whole, out _)?.Digest);
    }

    [Theory]
    [InlineData("""{"b":2,"a":1}""", true, false, true)]
    [InlineData("""{"a":1,"b":3}""", false, false, true)]
    [InlineData("""{"a":1,"b":2}""", true, true, true)]
    [InlineData("""{ "a" : 1, "b": 2 }""", true, true, true)]
    [InlineData("""{"a":1.0,"b":2}""", false, false, false)]
    public void Find_SameBodyOnOtherRows_IsReadTheirWay(string other, bool sorted, bool significant, bool ignoring)
    {
        // Twice, so that the second time everything comes from the memo.
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(sorted, Digest("Sorted", """{"a":1,"b":2}""") == Digest("Sorted", other));
            Assert.Equal(significant, Digest("Significant", """{"a":1,"b":2}""") == Digest("Significant", other));
            Assert.Equal(ignoring, Digest("Ignoring", """{"b":7,"a":1}""") == Digest("Ignoring", other));
        }
    }

    [Fact]
    public void Find_SameBytesInAnotherCoding_AreAnotherBody()
    {
        using var gzip = Bodies.Gzip("""{"a":1}""");
        using var raw = Bodies.Plain(gzip.Wire.ToArray());

        Assert.NotNull(_memo.Find(Row("Sorted"), gzip, out _)?.Digest);
        Assert.Null(_memo.Find(Row("Sorted"), raw, out _)?.Digest);
    }

    [Fact]
    public void Find_PlainBodyLabelledGzip_IsItsPlainSelf()
    {
        using var mislabelled = Bodies.Of("""{"a":1}"""u8.ToArray(), ContentCoding.Gzip, "gzip");
        Assert.Equal(Digest("Sorted", """{"a":1}"""), _memo.Find(Row("Sorted"), mislabelled, out var result)?.Digest);
        Assert.Equal(DecodeResult.Mislabelled, result);
    }

    [Fact]
    public void Find_AnyCoding_KnowsTheDigestOfThePlainBytes()
    {
        var plain = """{ "a": 1 }""";
        var expected = IslGateway.Content.Digest.Of(System.Text.Encoding.UTF8.GetBytes(plain));
        using var bare = Bodies.Plain(plain);
        using var packed = Bodies.Gzip(plain);
        using var mislabelled = Bodies.Of(System.Text.Encoding.UTF8.GetBytes(plain), ContentCoding.Gzip, "gzip");

        foreach (var body in (RequestBody[])[bare, packed, packed, mislabelled])
            Assert.Equal(expected, _memo.Find(Row("Sorted"), body, out _)!.Plain);
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"a":1,"a":1}""")]
    [InlineData("""{"a":NaN}""")]
    public void Find_InexactBody_IsKeptOutOfTheCache(string body) => Assert.Null(Digest("Sorted", body));

    [Theory]
    [InlineData("""{"user_id":"ann"}""", "ann")]
    [InlineData("""{"user_id":5}""", null)]
    [InlineData("""{"user":"ann"}""", null)]
    public void Find_SessionRow_NamesTheUser(string body, string? user)
    {
        using var request = Bodies.Plain(body);
        var expected = user is null ? (Digest?)null : IslGateway.Content.Digest.Of(System.Text.Encoding.UTF8.GetBytes(user));
        Assert.Equal(expected, _memo.Find(Row("PreferencesElicit"), request, out _)!.User);
        Assert.Null(_memo.Find(Row("Sorted"), request, out _)!.User);
    }

    public void Dispose() => _settings.Dispose();

    private static RequestBody Unreadable(byte[] wire)
    {
        var budget = new BufferBudget(256);
        var buffer = new PooledBuffer(budget, 1 << 20);
        Assert.Equal(BufferOutcome.Ok, buffer.Append(wire));
        return new RequestBody(buffer, ContentCoding.Gzip, "gzip", budget);
    }

    private Digest? Digest(string row, string body)
    {
        using var request = Bodies.Plain(body);
        return _memo.Find(Row(row), request, out _)!.Digest;
    }

    private EndpointRow Row(string name) => _settings.Row(name);
}
