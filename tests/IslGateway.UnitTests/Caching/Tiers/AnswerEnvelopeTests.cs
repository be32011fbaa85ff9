using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using CsCheck;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.UnitTests.Caching.Tiers;

public sealed class AnswerEnvelopeTests
{
    private const int ChecksumSize = 16;

    // Magic, version, key, four times, flags: where the status stands, and after it the number of headers.
    private const int FlagsAt = 4 + 1 + 32 + 32;
    private const int StatusAt = FlagsAt + 1;
    private const int HeaderCountAt = StatusAt + 4;

    private static readonly Gen<string> Text = Gen.Char[' ', 'ÿ'].Where(c => c != '\u007f').Array[0, 30]
        .Select(characters => new string(characters));
    private static readonly Gen<string> Name = Gen.Char['a', 'z'].Array[1, 30].Select(characters => new string(characters));

    private static readonly Gen<StoredAnswer> Any =
        from status in Gen.Int[100, 599]
        from headers in Gen.Select(Name, Text, KeyValuePair.Create).Array[0, 6]
        from body in Gen.Byte.Array[0, 400]
        from gaps in Gen.Int[0, body.Length].Array[0, 5]
        from filledBy in Gen.Byte.Array[Digest.Size]
        from times in Gen.Long[0, TimeSpan.FromDays(100_000).Ticks].Array[4]
        from isNotToBePacked in Gen.Bool
        select new StoredAnswer
        {
            StatusCode = status,
            Headers = headers,
            Body = body,
            IdGaps = [.. gaps.Distinct().Order()],
            IsNotToBePacked = isNotToBePacked,
            AgeThen = TimeSpan.FromTicks(times[0]),
            Lifetime = new Lifetime(TimeSpan.FromTicks(times[1]), TimeSpan.FromTicks(times[2])),
            UpstreamDuration = TimeSpan.FromTicks(times[3]),
            FilledBy = Digest.FromBytes(filledBy),
        };

    private static readonly Digest Key = SampleAnswers.Key(1);

    [Fact]
    public void Encode_AnyAnswer_DecodesToTheSame() => Any.Sample(answer =>
    {
        Assert.True(AnswerEnvelope.TryDecode(AnswerEnvelope.Encode(Key, answer), Key, out var decoded));
        SampleAnswers.AssertSame(answer, decoded);
    }, iter: 2000);

    [Fact]
    public void Encode_KnownAnswer_GivesTheBytesOfVersion2()
    {
        // Gateways of different releases read each other's values: another layout needs another version.
        var hash = Convert.ToHexStringLower(XxHash128.Hash(AnswerEnvelope.Encode(Key, SampleAnswers.Small())));

        Assert.Equal("3edf976a7e1c90283c24b921cb25be25", hash);
    }

    [Fact]
    public void TryDecode_AnyBitFlipped_IsRefused()
    {
        var envelope = AnswerEnvelope.Encode(Key, SampleAnswers.Small());
        Assert.True(AnswerEnvelope.TryDecode(envelope, Key, out _));

        for (var bit = 0; bit < 8 * envelope.Length; bit++)
        {
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(AnswerEnvelope.TryDecode(envelope, Key, out var answer), $"bit {bit}");
            Assert.Null(answer);
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData("x-a", "a\u0001b")]
    [InlineData("x-a", "a\r\nb: c")]
    [InlineData("x-a", "\u0100")]
    [InlineData("x a", "a")]
    [InlineData("x\u0001a", "a")]
    [InlineData("", "a")]
    public void TryDecode_HeaderThatNobodyMayWrite_IsRefused(string name, string value)
    {
        var answer = new StoredAnswer { StatusCode = 200, Headers = [new(name, value)], Body = default, IdGaps = [] };
        Assert.False(AnswerEnvelope.TryDecode(AnswerEnvelope.Encode(Key, answer), Key, out _));
    }

    [Fact]
    public void TryDecode_TruncatedOrLengthened_IsRefused()
    {
        var envelope = AnswerEnvelope.Encode(Key, SampleAnswers.Small());

        for (var length = 0; length < envelope.Length; length++)
        {
            Assert.False(AnswerEnvelope.TryDecode(envelope.AsSpan(0, length), Key, out _), $"{length} bytes");
            if (length != envelope.Length - ChecksumSize)
                Assert.False(AnswerEnvelope.TryDecode(Sealed(envelope.AsSpan(0, length)), Key, out _), $"{length} bytes, sealed");
        }

        Assert.False(AnswerEnvelope.TryDecode([.. envelope, 0], Key, out _));
        Assert.False(AnswerEnvelope.TryDecode(Sealed([.. envelope.AsSpan(0, envelope.Length - ChecksumSize), 0]), Key, out _));
    }

    [Fact]
    public void TryDecode_RandomBytes_AreRefused() => Gen.Byte.Array[0, 600].Sample(bytes =>
    {
        Assert.False(AnswerEnvelope.TryDecode(bytes, Key, out _));
        Assert.False(AnswerEnvelope.TryDecode(Sealed([.. "ISLA"u8, AnswerEnvelope.Version, .. bytes]), Key, out _));
    }, iter: 5000);

    [Fact]
    public void TryDecode_RightChecksumOverRandomDamage_NeverThrows()
    {
        var envelope = AnswerEnvelope.Encode(Key, SampleAnswers.Small());
        var damage = Gen.Select(Gen.Int[StatusAt, envelope.Length - ChecksumSize - 4], Gen.Int).Array[1, 4];

        damage.Sample(writes =>
        {
            var content = envelope[..^ChecksumSize];
            foreach (var (at, value) in writes) BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(at), value);
            AnswerEnvelope.TryDecode(Sealed(content), Key, out _);
        }, iter: 5000);
    }

    [Fact]
    public void TryDecode_ValueOfAnotherKey_IsRefused()
    {
        var envelope = AnswerEnvelope.Encode(SampleAnswers.Key(2), SampleAnswers.Small());

        Assert.False(AnswerEnvelope.TryDecode(envelope, Key, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(AnswerEnvelope.Version + 1)]
    public void TryDecode_UnknownVersion_IsRefused(byte version)
    {
        var content = AnswerEnvelope.Encode(Key, SampleAnswers.Small())[..^ChecksumSize];
        content[4] = version;

        Assert.False(AnswerEnvelope.TryDecode(Sealed(content), Key, out _));
        Assert.True(AnswerEnvelope.IsOfAnotherVersion(Sealed(content)));
        Assert.False(AnswerEnvelope.IsOfAnotherVersion(AnswerEnvelope.Encode(Key, SampleAnswers.Small())));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void TryDecode_TimeLongerThanAny_IsRefused(int time)
    {
        var content = AnswerEnvelope.Encode(Key, SampleAnswers.Small())[..^ChecksumSize];
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(FlagsAt - 32 + (8 * time)), long.MaxValue);

        Assert.False(AnswerEnvelope.TryDecode(Sealed(content), Key, out _));
    }

    [Fact]
    public void TryDecode_UnknownFlag_IsRefused()
    {
        var content = AnswerEnvelope.Encode(Key, SampleAnswers.Small())[..^ChecksumSize];
        content[FlagsAt] = 2;

        Assert.False(AnswerEnvelope.TryDecode(Sealed(content), Key, out _));
    }

    [Theory]
    [InlineData(StatusAt, 99)]
    [InlineData(StatusAt, 600)]
    [InlineData(StatusAt, -200)]
    [InlineData(HeaderCountAt, -1)]
    [InlineData(HeaderCountAt, 3)]
    [InlineData(HeaderCountAt, int.MaxValue)]
    [InlineData(HeaderCountAt + 4, int.MaxValue)]
    [InlineData(HeaderCountAt + 4, -1)]
    public void TryDecode_ImpossibleNumberUnderARightChecksum_IsRefused(int at, int value)
    {
        var content = AnswerEnvelope.Encode(Key, SampleAnswers.Small())[..^ChecksumSize];
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(at), value);

        Assert.False(AnswerEnvelope.TryDecode(Sealed(content), Key, out _));
    }

    [Theory]
    [InlineData(true, 0, 4)]
    [InlineData(true, 4)]
    [InlineData(false, 5)]
    [InlineData(false, 2, 2)]
    [InlineData(false, 3, 1)]
    [InlineData(false, -1)]
    public void TryDecode_Gaps_MustAscendWithinTheBody(bool decodes, params int[] gaps)
    {
        var answer = new StoredAnswer { StatusCode = 200, Headers = [], Body = new byte[4], IdGaps = gaps };

        Assert.Equal(decodes, AnswerEnvelope.TryDecode(AnswerEnvelope.Encode(Key, answer), Key, out _));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(-1, false)]
    [InlineData(-Digest.Size, false)]
    public void TryDecode_DigestOfWhatFilledIt_IsWholeAndTheLast(int more, bool decodes)
    {
        var content = AnswerEnvelope.Encode(Key, SampleAnswers.Small())[..^ChecksumSize];
        Array.Resize(ref content, content.Length + more);

        Assert.Equal(decodes, AnswerEnvelope.TryDecode(Sealed(content), Key, out _));
    }

    [Fact]
    public void TryDecode_TextThatIsNotUtf8_IsRefused()
    {
        var content = AnswerEnvelope.Encode(Key, SampleAnswers.Small())[..^ChecksumSize];
        content[content.AsSpan().IndexOf(Encoding.UTF8.GetBytes("é"))] = 0xff;

        Assert.False(AnswerEnvelope.TryDecode(Sealed(content), Key, out _));
    }

    private static byte[] Sealed(ReadOnlySpan<byte> content)
    {
        var envelope = new byte[content.Length + ChecksumSize];
        content.CopyTo(envelope);
        XxHash128.Hash(content, envelope.AsSpan(content.Length));
        return envelope;
    }
}
