using IslGateway.Redis;
using IslGateway.Redis.Sealing;

namespace IslGateway.UnitTests.Redis.Sealing;

public sealed class SignedRecordTests
{
    private const string Name = "islgw:v1:proof:4f";

    /// <summary>"a record", signed by another implementation (Python's hmac).</summary>
    private const string Known =
        "61207265636f7264" + "49534c52" + "01" + "30abab2dcedf9324" + "00505c18a3010000"
        + "109377da2094f170db626b72020f031dcf98e3bab15e44854bee5f106e257417";

    private static readonly DateTimeOffset Now = new(2027, 1, 15, 8, 0, 0, TimeSpan.Zero);
    private static readonly SealingKeyRing Ring = Secrets.Ring(1);
    private static readonly byte[] Record = RedisRecord.Encode(Name, "content"u8);

    [Fact]
    public void Verify_Signed_GivesTheRecord() => Assert.Equal((SealVerdict.Opened, Convert.ToHexString(Record)), Verify(Signed()));

    [Fact]
    public void Verify_WithoutKeys_GivesTheRecordToo()
    {
        Assert.Equal((SealVerdict.Unsealed, Convert.ToHexString(Record)), Verify(Signed(), withKeys: false));
        Assert.Equal((SealVerdict.Unsealed, Convert.ToHexString(Record)), Verify(Record, withKeys: false));
    }

    [Fact]
    public void Verify_InClearText_GivesTheRecordAndNoWord() =>
        Assert.Equal((SealVerdict.Unsealed, Convert.ToHexString(Record)), Verify(Record));

    [Fact]
    public void Verify_AnyBitFlipped_IsNotOpened()
    {
        var signed = Signed();
        for (var bit = 0; bit < 8 * signed.Length; bit++)
        {
            var damaged = signed.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(SealVerdict.Opened, Verify(damaged).Verdict);
        }
    }

    [Fact]
    public void Verify_TruncatedOrLengthened_IsNotOpened()
    {
        var signed = Signed();
        for (var length = 0; length < signed.Length; length++)
        {
            Assert.NotEqual(SealVerdict.Opened, Verify(signed[..length]).Verdict);
            Assert.NotEqual(SealVerdict.Opened, Verify(signed[^length..]).Verdict);
        }

        Assert.NotEqual(SealVerdict.Opened, Verify([.. signed, 0]).Verdict);
        Assert.NotEqual(SealVerdict.Opened, Verify([0, .. signed]).Verdict);
    }

    [Theory]
    [InlineData("islgw:v1:proof:4e")]
    [InlineData("islgw:v1:proof:4f0")]
    [InlineData("islgw:v1:epochs:4f")]
    public void Verify_UnderAnotherName_IsAltered(string other) => Assert.Equal(SealVerdict.Altered, Verify(Signed(), name: other).Verdict);

    [Fact]
    public void Verify_KeysOfARotation_NewestSignsAndAllVerify()
    {
        Assert.Equal(SealVerdict.Opened, Verify(Signed(), Secrets.Ring(2, 1)).Verdict);
        Assert.Equal(SealVerdict.UnknownKey, Verify(Signed(), Secrets.Ring(2)).Verdict);
        Assert.Equal(SealVerdict.UnknownKey, Verify(Signed(Secrets.Ring(2, 1))).Verdict);
    }

    [Theory]
    [InlineData(0, -60)]
    [InlineData(3600, 3540)]
    public void Verify_SomeTimeLater_TellsTheLeastAge(int later, int leastAge)
    {
        SignedRecord.Verify(Ring, Name, Signed(), Now + TimeSpan.FromSeconds(later), out _, out var age);

        Assert.Equal(TimeSpan.FromSeconds(leastAge), age);
    }

    /// <summary>Gateways of different releases read each other's records: another layout needs another version.</summary>
    [Fact]
    public void Verify_RecordOfVersion1_OpensAsEver() =>
        Assert.Equal((SealVerdict.Opened, Convert.ToHexString("a record"u8)), Verify(Convert.FromHexString(Known)));

    private static byte[] Signed(SealingKeyRing? ring = null) => SignedRecord.Sign((ring ?? Ring).Newest, Name, Now, Record);

    private static (SealVerdict Verdict, string Record) Verify(
        byte[] bytes, SealingKeyRing? ring = null, string name = Name, bool withKeys = true) =>
        (SignedRecord.Verify(withKeys ? ring ?? Ring : null, name, bytes, Now, out var record, out _), Convert.ToHexString(record));
}
