using System.IO.Hashing;
using System.Text;
using CsCheck;
using IslGateway.Caching.Answers;

namespace IslGateway.UnitTests.Caching.Answers;

public sealed class Crc32PartsTests
{
    private static readonly Gen<byte[]> Bytes = Gen.Byte.Array[0, 3_000];

    [Fact]
    public void Join_OfTwoParts_IsTheSumOfTheWhole() => Gen.Select(Bytes, Bytes).Sample((first, second) => Assert.Equal(
        Crc32.HashToUInt32([.. first, .. second]),
        Crc32Parts.Join(Crc32.HashToUInt32(first), Crc32.HashToUInt32(second), Crc32Parts.ShiftOf(second.Length))));

    [Fact]
    public void Append_OfAText_IsTheSumOfTheWhole() => Gen.Select(Bytes, Gen.String[Gen.Char[' ', '~'], 0, 100]).Sample((first, text) =>
        Assert.Equal(
            Crc32.HashToUInt32([.. first, .. Encoding.ASCII.GetBytes(text)]), Crc32Parts.Append(Crc32.HashToUInt32(first), text)));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(4_194_304)]
    public void ShiftOf_ALength_IsThatOfSoManyZeros(int length) => Assert.Equal(
        Crc32.HashToUInt32([7, .. new byte[length]]),
        Crc32Parts.Join(Crc32.HashToUInt32([7]), Crc32.HashToUInt32(new byte[length]), Crc32Parts.ShiftOf(length)));
}
