using System.Runtime.InteropServices;

namespace IslGateway.Benchmarks.Load;

/// <summary>Which connections have something to read, by poll(2): the cheapest way to serve many from one thread.</summary>
internal sealed partial class Readiness(IReadOnlyList<LoadConnection> connections)
{
    private const short Readable = 1;

    private readonly Entry[] _entries = [.. connections.Select(connection =>
        new Entry { Descriptor = connection.Descriptor, Wanted = Readable })];

    /// <param name="milliseconds">How long to wait for the first; 0: not at all.</param>
    /// <returns>How many there are.</returns>
    public int Wait(int milliseconds) => Poll(_entries, (nuint)_entries.Length, milliseconds);

    public bool IsReady(int connection) => _entries[connection].Found != 0;

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll([In, Out] Entry[] entries, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }
}
