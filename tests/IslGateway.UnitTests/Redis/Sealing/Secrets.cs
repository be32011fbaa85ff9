using IslGateway.Redis.Sealing;

namespace IslGateway.UnitTests.Redis.Sealing;

/// <summary>Keys that a test tells apart.</summary>
internal static class Secrets
{
    public static string Text(byte number) => Convert.ToBase64String(Bytes(number));

    public static SealingKeyRing Ring(params byte[] numbers) => new([.. numbers.Select(Bytes)]);

    private static byte[] Bytes(byte number) => [.. Enumerable.Range(0, 32).Select(i => (byte)(number + i))];
}
