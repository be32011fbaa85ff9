using System.Text;
using IslGateway.Caching.Keys;
using IslGateway.Content;

namespace IslGateway.UnitTests.Caching.Keys;

public sealed class IgnoredFieldsTests
{
    [Theory]
    [InlineData("a", """{"a":1,"b":2}""", """{"b":2}""")]
    [InlineData("a", """{"b":2,"\u0061":{"deep":[1,{"x":2}]}}""", """{"b":2}""")]
    [InlineData("a", """{"a":1}""", "{}")]
    [InlineData("a/b", """{"a":{"b":1,"c":2}}""", """{"a":{"b":{},"c":2}}""")]
    [InlineData("a/b", """{"c":1,"a":{"c":2,"b":1}}""", """{"c":1,"a":{"c":2}}""")]
    [InlineData("*/x", """[{"x":1,"y":2},{"x":3},[]]""", """[{"y":2},{},[]]""")]
    [InlineData("*/x", """{"p":{"x":1,"y":2},"q":{"x":3}}""", """{"p":{"y":2},"q":{}}""")]
    [InlineData("items/*/id", """{"items":[{"id":1,"v":1},{"v":2,"id":2}]}""", """{"items":[{"v":1},{"v":2}]}""")]
    [InlineData("a/*", """{"a":{"x":1,"y":2}}""", """{"a":{}}""")]
    [InlineData("*/x a/y", """{"a":{"x":1,"y":2},"b":{"x":1,"y":2}}""", """{"a":{},"b":{"y":2}}""")]
    [InlineData("a/x a", """{"a":{"x":1}}""", "{}")]
    [InlineData("0", """{"0":1,"1":2}""", """{"1":2}""")]
    [InlineData("", """{"":1,"a":2}""", """{"a":2}""")]
    public void Member_AtAPointer_DoesNotCount(string pointers, string with, string without)
    {
        var ignored = Compile(pointers);
        Assert.Equal(Digest(with, true, ignored), Digest(without, true, ignored));
        Assert.Equal(Digest(with, false, ignored), Digest(without, false, ignored));
    }

    [Theory]
    [InlineData("a", """{"b":{"a":1}}""", """{"b":{}}""")]
    [InlineData("a/b", """{"a":[{"b":1}]}""", """{"a":[{}]}""")]
    [InlineData("a/b", """{"a":1}""", """{"a":{}}""")]
    [InlineData("a/0", """{"a":[1,2]}""", """{"a":[2]}""")]
    [InlineData("a/0/b", """{"a":[{"b":1}]}""", """{"a":[{}]}""")]
    [InlineData("a/*", """{"a":[1,2]}""", """{"a":[]}""")]
    [InlineData("*", "[1]", "[]")]
    [InlineData("*/x", """{"x":1}""", "{}")]
    [InlineData("A", """{"a":1}""", "{}")]
    [InlineData("a", """{"a":1,"b":2}""", """{"b":3}""")]
    public void Member_ElsewhereOrElement_Counts(string pointers, string left, string right)
    {
        var ignored = Compile(pointers);
        Assert.NotEqual(Digest(left, true, ignored), Digest(right, true, ignored));
        Assert.NotEqual(Digest(left, false, ignored), Digest(right, false, ignored));
    }

    [Theory]
    [InlineData("""{"a":1,"a":1}""")]
    [InlineData("""{"b":1,"a":1,"c":2,"\u0061":1}""")]
    [InlineData("""{"a":{"x":1,"x":2}}""")]
    [InlineData("""{"a":1e400}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"a":NaN}""")]
    public void Member_IgnoredButBad_RefusesTheBody(string body)
    {
        Assert.False(CanonicalDigest.TryMake(Encoding.UTF8.GetBytes(body), true, Compile("a"), out _));
        Assert.False(CanonicalDigest.TryMake(Encoding.UTF8.GetBytes(body), false, Compile("a"), out _));
    }

    [Fact]
    public void Order_OfKeptMembers_CountsWhenSignificant()
    {
        var ignored = Compile("a");
        Assert.Equal(Digest("""{"c":1,"a":0,"b":2}""", false, ignored), Digest("""{"a":0,"c":1,"b":2}""", false, ignored));
        Assert.NotEqual(Digest("""{"c":1,"a":0,"b":2}""", false, ignored), Digest("""{"b":2,"a":0,"c":1}""", false, ignored));
    }

    [Fact]
    public void Set_AnotherOrNone_IsAnotherDomain()
    {
        // An answer filed for {"a":5} while "a" was ignored must not be found for {} once it counts.
        var digests = new[] { null, Compile("a"), Compile("b"), Compile("a b"), Compile("a/b") }.Select(set => Digest("{}", true, set));
        Assert.Equal(5, digests.Distinct().Count());
        Assert.Equal(Digest("{}", true, Compile("a")), Digest("{}", true, Compile("a")));
    }

    [Fact]
    public void Compile_NoPointers_IsNone() => Assert.Null(IgnoredFields.Compile([]));

    [Fact]
    public void Compile_EmptyOrTooDeepPointer_Throws()
    {
        Assert.Throws<ArgumentException>(() => IgnoredFields.Compile([[]]));
        Assert.Throws<ArgumentException>(() => IgnoredFields.Compile([[.. Enumerable.Repeat("*", 65)]]));
        Assert.ThrowsAny<ArgumentException>(() => IgnoredFields.Compile([["\ud800"]]));
    }

    private static IgnoredFields? Compile(string pointers) =>
        IgnoredFields.Compile([.. pointers.Split(' ').Select(pointer => pointer.Split('/'))]);

    private static Digest Digest(string body, bool sortKeys, IgnoredFields? ignored)
    {
        Assert.True(CanonicalDigest.TryMake(Encoding.UTF8.GetBytes(body), sortKeys, ignored, out var digest), body);
        return digest;
    }
}
