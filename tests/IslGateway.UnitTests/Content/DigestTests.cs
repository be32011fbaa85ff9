using IslGateway.Content;

namespace IslGateway.UnitTests.Content;

public sealed class DigestTests
{
    [Fact]
    public void Of_Abc_IsThePublishedSha256() =>
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Digest.Of("abc"u8).ToString());

    [Fact]
    public void CopyTo_FromBytes_GivesThemBack()
    {
        var bytes = Enumerable.Range(100, Digest.Size).Select(i => (byte)i).ToArray();
        var copy = new byte[Digest.Size];
        Digest.FromBytes(bytes).CopyTo(copy);
        Assert.Equal(bytes, copy);
    }

    [Fact]
    public void Equals_AnyByteChanged_IsFalse()
    {
        for (var i = 0; i < Digest.Size; i++)
        {
            var bytes = new byte[Digest.Size];
            bytes[i] = 1;
            Assert.False(Digest.FromBytes(bytes) == default, $"byte {i}");
            Assert.True(Digest.FromBytes(bytes) == Digest.FromBytes(bytes), $"byte {i}");
        }
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    public void FromBytes_AnotherLength_Throws(int length) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Digest.FromBytes(new byte[length]));
}
