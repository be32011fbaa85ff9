using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace IslGateway.UnitTests.Caching.Keys.Differential;

/// <summary>The oracle of these tests, in the place of CPython. It does not say why it refuses a body.</summary>
internal sealed class OracleReader : IReader
{
    private IReadOnlyList<byte[]> _bodies = [];

    public string Name => "the oracle of these tests";

    public static Reading Read(byte[] body) =>
        PythonJson.Dumps(body, sortKeys: true) is { } sorted && PythonJson.Dumps(body, sortKeys: false) is { } own
            ? new Reading(Inexact.None, Shortened(sorted), Shortened(own))
            : new Reading(Inexact.NotRead, 0, 0);

    public void Begin(IReadOnlyList<byte[]> bodies) => _bodies = bodies;

    public Reading[] Readings() => [.. _bodies.Select(Read)];

    public void Dispose()
    {
        // Holds nothing.
    }

    private static UInt128 Shortened(string text) =>
        BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
