using System.Text;
using IslGateway.Caching.Keys;
using IslGateway.Content;

namespace IslGateway.UnitTests.Caching.Keys;

public sealed class CanonicalBodyTests
{
    [Theory]
    [InlineData("{}", " {\t} \r\n")]
    [InlineData("[1,2]", "[ 1 ,\n2 ]")]
    [InlineData("""{"a":1}""", """{"\u0061":1}""")]
    [InlineData("\"/\"", "\"\\/\"")]
    [InlineData("\"\U0001f600\"", "\"\\uD83D\\ude00\"")]
    [InlineData("\"\u007f\"", "\"\\u007F\"")]
    [InlineData("0", "-0")]
    [InlineData("1e5", "100000.0")]
    [InlineData("1E+5", "1e5")]
    [InlineData("5e-1", "0.50")]
    [InlineData("1e-400", "0.0")]
    [InlineData("-1e-400", "-0.0")]
    [InlineData("0e99999999999999999999", "0.0")]
    [InlineData("2e-324", "0.0")]
    [InlineData("3e-324", "5e-324")]
    [InlineData("9007199254740993.0", "9007199254740992.0")]
    [InlineData("0.1", "0.1000000000000000055511151231257827")]
    public void Digest_SameMeaning_IsEqual(string left, string right)
    {
        Assert.Equal(Digest(left, sortKeys: true), Digest(right, sortKeys: true));
        Assert.Equal(Digest(left, sortKeys: false), Digest(right, sortKeys: false));
    }

    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("1", "\"1\"")]
    [InlineData("1", "true")]
    [InlineData("0", "false")]
    [InlineData("0", "0.0")]
    [InlineData("-0", "-0.0")]
    [InlineData("0.0", "-0.0")]
    [InlineData("null", "\"null\"")]
    [InlineData("null", "{}")]
    [InlineData("{}", "[]")]
    [InlineData("[]", "\"\"")]
    [InlineData("9007199254740992", "9007199254740993")]
    [InlineData("18446744073709551616", "18446744073709551617")]
    [InlineData("10000000000000000", "1e16")]
    [InlineData("0.1", "0.10000000000000002")]
    [InlineData("5e-324", "0.0")]
    [InlineData("[1,2]", "[2,1]")]
    [InlineData("[12]", "[1,2]")]
    [InlineData("[[1],2]", "[[1,2]]")]
    [InlineData("[[],[]]", "[[[]]]")]
    [InlineData("""["a","b"]""", """["ab",""]""")]
    [InlineData("""["a","b"]""", """{"a":"b"}""")]
    [InlineData("""{"a":null}""", "{}")]
    [InlineData("""{"a":{}}""", """{"a":null}""")]
    [InlineData("""{"":1}""", "{}")]
    [InlineData("""{"a":{"b":1}}""", """{"a.b":1}""")]
    [InlineData("""{"a":{"b":1},"c":2}""", """{"a":{"b":1,"c":2}}""")]
    [InlineData("""{"a":1,"b":2}""", """{"a":2,"b":1}""")]
    [InlineData("\"a\"", "\"a\\u0000\"")]
    [InlineData("\"\u00e9\"", "\"e\u0301\"")]
    public void Digest_AnotherMeaning_IsNotEqual(string left, string right)
    {
        Assert.NotEqual(Digest(left, sortKeys: true), Digest(right, sortKeys: true));
        Assert.NotEqual(Digest(left, sortKeys: false), Digest(right, sortKeys: false));
    }

    [Theory]
    [InlineData("""{"a":1,"b":2}""", """{"b":2,"a":1}""")]
    [InlineData("""[{"x":{"a":1,"b":[2]}}]""", """[{"x":{"b":[2],"a":1}}]""")]
    [InlineData("""{"12345678":1,"123456789":2,"1234567":3}""", """{"123456789":2,"1234567":3,"12345678":1}""")]
    [InlineData("""{"a":1,"a\u0000":2,"":3}""", """{"":3,"a\u0000":2,"a":1}""")]
    [InlineData("""{"b":{"d":{"f":1,"e":2},"c":[{"h":1,"g":2}]},"a":"long long long"}""",
        """{"a":"long long long","b":{"c":[{"g":2,"h":1}],"d":{"e":2,"f":1}}}""")]
    public void Digest_KeysPermuted_IsEqualOnlyWhenSorted(string left, string right)
    {
        Assert.Equal(Digest(left, sortKeys: true), Digest(right, sortKeys: true));
        Assert.NotEqual(Digest(left, sortKeys: false), Digest(right, sortKeys: false));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("{}")]
    [InlineData("""{"a":1,"b":2}""")]
    public void Digest_SortedAndOwnOrder_NeverMeet(string body) =>
        Assert.NotEqual(Digest(body, sortKeys: true), Digest(body, sortKeys: false));

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("""{"a":1,"a":1}""")]
    [InlineData("""{"a":1,"b":2,"a":3}""")]
    [InlineData("""{"b":1,"a":2,"b":3}""")]
    [InlineData("""{"a":1,"\u0061":1}""")]
    [InlineData("""{"":1,"":1}""")]
    [InlineData("""[{"x":{"a":1,"b":2,"a":3}}]""")]
    [InlineData("NaN")]
    [InlineData("[Infinity]")]
    [InlineData("-Infinity")]
    [InlineData("1e400")]
    [InlineData("-1E400")]
    [InlineData("1.8e308")]
    [InlineData("1e99999999999999999999")]
    [InlineData("\ufeff{}")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\udc00\\ud800\"")]
    [InlineData("\"\\ud800x\"")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("\"a\u0001\"")]
    [InlineData("\"\t\"")]
    [InlineData("\"\\x41\"")]
    [InlineData("\"\\u00g0\"")]
    [InlineData("'a'")]
    [InlineData("01")]
    [InlineData("+1")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("1e")]
    [InlineData("-")]
    [InlineData("0x10")]
    [InlineData("[1,]")]
    [InlineData("[1")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{"a"}""")]
    [InlineData("{1:2}")]
    [InlineData("{} {}")]
    [InlineData("{}x")]
    [InlineData("{}]")]
    [InlineData("1 2")]
    [InlineData("[1] // comment")]
    [InlineData("/* comment */ 1")]
    [InlineData("True")]
    [InlineData("nul")]
    [InlineData("\u00a01")]
    [InlineData("1\0")]
    public void Body_NotReadExactly_IsRefused(string body) => AssertRefused(Encoding.UTF8.GetBytes(body));

    [Theory]
    [InlineData(new byte[] { 0x22, 0xff, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xc0, 0xaf, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xed, 0xa0, 0x80, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xf4, 0x90, 0x80, 0x80, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xc3, 0x22 })]
    [InlineData(new byte[] { 0x31, 0xc3 })]
    [InlineData(new byte[] { 0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d })]
    [InlineData(new byte[] { 0x7b, 0x00, 0x7d, 0x00 })]
    [InlineData(new byte[] { 0xff, 0xfe, 0x31, 0x00 })]
    [InlineData(new byte[] { 0x00, 0x31 })]
    public void Body_NotUtf8_IsRefused(byte[] body) => AssertRefused(body);

    [Theory]
    [InlineData("[", "]")]
    [InlineData("""{"a":""", "}")]
    public void Body_DeeperThan64_IsRefused(string open, string close)
    {
        Digest(Nested(64), sortKeys: true);
        AssertRefused(Encoding.UTF8.GetBytes(Nested(65)));

        string Nested(int depth) =>
            string.Concat(Enumerable.Repeat(open, depth - 1)) + "[]" + string.Concat(Enumerable.Repeat(close, depth - 1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    public void Integer_BeyondPythonsDigits_IsRefused(string sign)
    {
        var most = sign + new string('9', 4300);
        Assert.NotEqual(Digest(most, sortKeys: true), Digest(most[..^1] + "8", sortKeys: true));
        AssertRefused(Encoding.UTF8.GetBytes(most + "9"));
    }

    [Fact]
    public void Float_ExponentAgainstManyDigits_IsReadExactly()
    {
        var zeros = new string('0', 20_000);
        Assert.Equal(Digest("1.0", sortKeys: true), Digest($"0.{zeros}1e20001", sortKeys: true));
        Assert.Equal(Digest("1.0", sortKeys: true), Digest($"1{zeros}e-20000", sortKeys: true));
        Assert.Equal(Digest("9007199254740994.0", sortKeys: true), Digest($"9007199254740993.{zeros}1", sortKeys: true));
    }

    [Fact]
    public void Keys_OutsideTheBasicPlane_SortByCodePoint()
    {
        using var buffer = new CanonicalBuffer();
        Assert.True(CanonicalBody.TryWrite(Encoding.UTF8.GetBytes("{\"\U0001f600\":1,\"\uff5e\":2}"), true, null, buffer));

        var written = buffer.Written;
        Assert.True(written.IndexOf("\uff5e"u8) < written.IndexOf("\U0001f600"u8));
    }

    [Fact]
    public void Buffer_UsedAgain_HoldsOnlyTheLastBody()
    {
        using var buffer = new CanonicalBuffer();
        Assert.True(CanonicalBody.TryWrite("""{"b":[1,2,3],"a":"x"}"""u8, true, null, buffer));
        Assert.True(CanonicalBody.TryWrite("7"u8, true, null, buffer));
        Assert.Equal("Si7;"u8, buffer.Written);

        Assert.False(CanonicalBody.TryWrite("[7,"u8, true, null, buffer));
        Assert.Equal(0, buffer.Length);
    }

    [Fact]
    public void CanonicalBytes_OneOfEachKind_FollowTheGrammar()
    {
        using var buffer = new CanonicalBuffer();
        Assert.True(CanonicalBody.TryWrite("""{"b":[true,false,null,-12,1.0],"a":"\u00e9"}"""u8, true, null, buffer));

        byte[] expected = [.. "S{q\u0001\0\0\0aq\u0002\0\0\0éq\u0001\0\0\0b[tfni-12;d\0\0\0\0\0\0"u8, 0xf0, 0x3f, .. "]}"u8];
        Assert.Equal(expected, buffer.Written.ToArray());
    }

    [Fact]
    public void Members_TenThousandShuffled_SortTheSame()
    {
        var names = Enumerable.Range(0, 10_000).Select(i => $"\"commonprefix{i}\":{i}").ToArray();
        var ordered = Digest("{" + string.Join(',', names) + "}", sortKeys: true);
        new Random(1).Shuffle(names);

        Assert.Equal(ordered, Digest("{" + string.Join(',', names) + "}", sortKeys: true));
        AssertRefused(Encoding.UTF8.GetBytes("{" + string.Join(',', names) + ",\"commonprefix77\":0}"));
    }

    [Fact]
    public void Members_MoreThanMayBeOpenAtOnce_AreRefused()
    {
        var most = string.Join(',', Enumerable.Range(0, CanonicalBody.MaxMembers).Select(i => $"\"{i}\":0"));
        Digest($"{{{most}}}", sortKeys: true);
        Digest($"[{{{most}}},{{{most}}}]", sortKeys: true);

        AssertRefused(Encoding.UTF8.GetBytes($"{{{most},\"x\":0}}"));
        AssertRefused(Encoding.UTF8.GetBytes($"{{\"x\":{{{most}}}}}"));
    }

    [Theory]
    [InlineData(6_000_000, false)]
    [InlineData(7_000_000, true)]
    public void Budget_OfABodyOfManyMembers_IsChargedWithThem(long limit, bool fits)
    {
        // 1.9 MB of canonical bytes; 1.6 MB of members, and 3.1 MB more while they grow.
        var body = Encoding.UTF8.GetBytes("{" + string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"{i:000000}\":12345")) + "}");
        var budget = new BufferBudget(limit);

        if (fits) Assert.True(CanonicalDigest.TryMake(body, true, null, out _, budget));
        else Assert.Throws<OverBudgetException>(() => CanonicalDigest.TryMake(body, true, null, out _, budget));

        Assert.Equal(0, budget.InUse);
    }

    private static Digest Digest(string body, bool sortKeys)
    {
        Assert.True(CanonicalDigest.TryMake(Encoding.UTF8.GetBytes(body), sortKeys, null, out var digest), body);
        return digest;
    }

    private static void AssertRefused(byte[] body)
    {
        Assert.False(CanonicalDigest.TryMake(body, true, null, out _));
        Assert.False(CanonicalDigest.TryMake(body, false, null, out _));
    }
}
