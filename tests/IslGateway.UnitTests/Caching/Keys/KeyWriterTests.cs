using System.Security.Cryptography;
using IslGateway.Caching.Keys;
using IslGateway.Content;

namespace IslGateway.UnitTests.Caching.Keys;

public sealed class KeyWriterTests
{
    [Fact]
    public void Finish_TwoParts_HashesTheGrammar()
    {
        var writer = new KeyWriter(stackalloc byte[KeyWriter.UsualSize], []);
        writer.Append(KeyPart.Method, "POST"u8);
        writer.Append(KeyPart.Target, "/é");

        Assert.Equal(Digest.Of("\u0001\u0004\0\0\0POST\u0002\u0003\0\0\0/é"u8), writer.Finish());
    }

    [Fact]
    public void Finish_Secret_IsHmac()
    {
        var writer = new KeyWriter(stackalloc byte[KeyWriter.UsualSize], "secret"u8);
        writer.Append(KeyPart.User, "u1"u8);

        Assert.Equal(Digest.FromBytes(HMACSHA256.HashData("secret"u8, "\u0007\u0002\0\0\0u1"u8)), writer.Finish());
    }

    [Theory]
    [InlineData("ab", "c", "a", "bc")]
    [InlineData("ab", "", "", "ab")]
    [InlineData("a", "b", "b", "a")]
    public void Finish_BytesMovedBetweenParts_Differs(string first, string second, string third, string fourth) =>
        Assert.NotEqual(Of((KeyPart.Header, first), (KeyPart.Header, second)), Of((KeyPart.Header, third), (KeyPart.Header, fourth)));

    [Fact]
    public void Finish_EmptyPartOrAnotherTag_Differs()
    {
        Digest[] digests = [Of(), Of((KeyPart.Epoch, "")), Of((KeyPart.User, "")), Of((KeyPart.User, ""), (KeyPart.User, ""))];
        Assert.Equal(digests.Length, digests.Distinct().Count());
    }

    [Fact]
    public void Append_CharactersOrTheirUtf8_IsTheSame()
    {
        var writer = new KeyWriter([], []);
        writer.Append(KeyPart.Target, "/a?q=\U0001f600"u8);

        Assert.Equal(writer.Finish(), Of((KeyPart.Target, "/a?q=\U0001f600")));
    }

    [Fact]
    public void Append_InvalidUtf16_KeepsTargetsApart()
    {
        string[] targets = ["\ud800", "\ud801", "\udc00", "\ufffd"];
        Assert.Equal(targets.Length, targets.Select(target => Of((KeyPart.Target, target))).Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(512)]
    public void Append_BeyondTheScratch_IsTheSameKey(int scratch)
    {
        var longText = new string('x', 5000);
        var roomy = new KeyWriter(new byte[50_000], []);
        var tight = new KeyWriter(new byte[scratch], []);
        for (var i = 0; i < 3; i++)
        {
            roomy.Append(KeyPart.Header, longText);
            roomy.Append(KeyPart.Body, Digest.Of("x"u8));
            tight.Append(KeyPart.Header, longText);
            tight.Append(KeyPart.Body, Digest.Of("x"u8));
        }

        Assert.Equal(roomy.Finish(), tight.Finish());
    }

    [Fact]
    public void Append_UsualKey_AllocatesNothing()
    {
        Compose();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Compose();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Compose()
        {
            var writer = new KeyWriter(stackalloc byte[KeyWriter.UsualSize], "secret"u8);
            writer.Append(KeyPart.Target, "/api/v1/causal/validate?x=1");
            writer.Append(KeyPart.Body, Digest.Of("body"u8));
            writer.Append(KeyPart.Epoch, "cb0a8a533671"u8);
            writer.Finish();
        }
    }

    private static Digest Of(params (KeyPart Part, string Value)[] parts)
    {
        var writer = new KeyWriter(stackalloc byte[KeyWriter.UsualSize], []);
        foreach (var (part, value) in parts)
            writer.Append(part, value);
        return writer.Finish();
    }
}
