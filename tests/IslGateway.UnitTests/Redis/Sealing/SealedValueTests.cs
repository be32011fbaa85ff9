using System.Security.Cryptography;
using CsCheck;
using IslGateway.Redis.Sealing;

namespace IslGateway.UnitTests.Redis.Sealing;

public sealed class SealedValueTests
{
    private const string Name = "islgw:v1:CausalValidate:4f";
    private const int Large = 4 << 20;

    /// <summary>"answer", sealed with the salt 00 01 … 1f by another implementation (Python's hmac and cryptography).</summary>
    private const string Known =
        "49534c53" + "01" + "30abab2dcedf9324" + "00505c18a3010000" + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        + "bc2be2329dd4" + "e00ce8c5e5466985575fff4b14c9b991";

    private static readonly DateTimeOffset Now = new(2027, 1, 15, 8, 0, 0, TimeSpan.Zero);
    private static readonly SealingKeyRing Ring = Secrets.Ring(1);

    [Fact]
    public void Seal_AnyContent_OpensToTheSame() => Gen.Byte.Array[0, 400].Sample(content =>
    {
        var value = Sealed(content);

        Assert.Equal(content.Length + SealedValue.HeadSize + SealedValue.TagSize, value.Length);
        Assert.Equal((SealVerdict.Opened, Convert.ToHexString(content)), Open(value));
    }, iter: 500);

    [Fact]
    public void Seal_LargestAnswer_OpensToTheSame()
    {
        var content = RandomNumberGenerator.GetBytes(Large);

        Assert.Equal(Convert.ToHexString(content), Open(Sealed(content)).Content);
    }

    [Fact]
    public void Seal_Content_CannotBeReadAndIsAnotherEachTime()
    {
        var content = new byte[200];
        var (one, other) = (Sealed(content), Sealed(content));

        // What the content or the key would give away by being the same.
        Assert.NotEqual(Body(one), Body(other));
        Assert.NotEqual(content, Body(one));
        Assert.DoesNotContain(Enumerable.Range(0, Body(one).Length - 8), at => Body(one).AsSpan(at, 8).SequenceEqual(new byte[8]));
    }

    [Fact]
    public void Open_AnyBitFlipped_IsRefused()
    {
        var value = Sealed("an answer"u8);
        Assert.Equal(SealVerdict.Opened, Open(value).Verdict);

        for (var bit = 0; bit < 8 * value.Length; bit++)
        {
            var damaged = value.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            var expected = (bit / 8) switch
            {
                < 4 => SealVerdict.Unsealed,
                >= 5 and < 5 + SealingKey.IdSize => SealVerdict.UnknownKey,
                _ => SealVerdict.Altered,
            };
            Assert.Equal((expected, ""), Open(damaged));
        }
    }

    [Fact]
    public void Open_TruncatedOrLengthened_IsRefused()
    {
        var value = Sealed("an answer"u8);

        for (var length = 0; length < value.Length; length++) Assert.NotEqual(SealVerdict.Opened, Open(value[..length]).Verdict);
        Assert.Equal(SealVerdict.Altered, Open([.. value, 0]).Verdict);
    }

    [Fact]
    public void Open_RandomBytes_AreRefused() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        Assert.NotEqual(SealVerdict.Opened, Open(bytes).Verdict);
        Assert.NotEqual(SealVerdict.Opened, Open([.. "ISLS"u8, SealedValue.Version, .. Ring.Newest.Id, .. bytes]).Verdict);
    }, iter: 2000);

    [Theory]
    [InlineData("islgw:v1:CausalValidate:4e")]
    [InlineData("islgw:v1:CausalValidate:4")]
    [InlineData("islgw:v1:CausalCounterfactual:4f")]
    [InlineData("")]
    public void Open_UnderAnotherName_IsRefused(string other) =>
        Assert.Equal(SealVerdict.Altered, Open(Sealed("an answer"u8), name: other).Verdict);

    [Fact]
    public void Open_KeysOfARotation_NewestSealsAndAllOpen()
    {
        var (old, both, @new) = (Secrets.Ring(1), Secrets.Ring(2, 1), Secrets.Ring(2));

        Assert.Equal(SealVerdict.Opened, Open(Sealed("a"u8, old), both).Verdict);
        Assert.Equal(SealVerdict.Opened, Open(Sealed("a"u8, both), @new).Verdict);
        Assert.Equal(SealVerdict.UnknownKey, Open(Sealed("a"u8, both), old).Verdict);
        Assert.Equal(SealVerdict.UnknownKey, Open(Sealed("a"u8, old), @new).Verdict);
    }

    [Fact]
    public void Open_ForgedUnderTheIdOfOurKey_IsRefused()
    {
        // The id stands there for all to read.
        var forged = Sealed("forged"u8, Secrets.Ring(9));
        Ring.Newest.Id.CopyTo(forged.AsSpan(5));

        Assert.Equal(SealVerdict.Altered, Open(forged).Verdict);
    }

    [Theory]
    [InlineData(0, -60)]
    [InlineData(30, -30)]
    [InlineData(3600, 3540)]
    [InlineData(-3600, -3660)]
    public void Open_SomeTimeLater_TellsTheLeastAge(int later, int leastAge)
    {
        SealedValue.Open(Ring, Name, Sealed("a"u8), Now + TimeSpan.FromSeconds(later), out _, out var age);

        Assert.Equal(TimeSpan.FromSeconds(leastAge), age);
    }

    /// <summary>Gateways of different releases open each other's values: another layout needs another version, and other names.</summary>
    [Fact]
    public void Open_ValueOfVersion1_OpensAsEver()
    {
        var value = Convert.FromHexString(Known);

        Assert.Equal((SealVerdict.Opened, Convert.ToHexString("answer"u8)), Open(value));
    }

    private static byte[] Sealed(ReadOnlySpan<byte> content, SealingKeyRing? ring = null)
    {
        var value = new byte[SealedValue.HeadSize + content.Length + SealedValue.TagSize];
        content.CopyTo(value.AsSpan(SealedValue.HeadSize));
        SealedValue.Seal((ring ?? Ring).Newest, Name, Now, value);
        return value;
    }

    private static byte[] Body(byte[] value) => value[SealedValue.HeadSize..^SealedValue.TagSize];

    private static (SealVerdict Verdict, string Content) Open(byte[] value, SealingKeyRing? ring = null, string name = Name) =>
        (SealedValue.Open(ring ?? Ring, name, value.ToArray(), Now, out var content, out _), Convert.ToHexString(content));
}
