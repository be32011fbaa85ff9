using IslGateway.Caching.Keys;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Stores;

/// <summary>What an entry is found by. The digest covers the row; the row is there for names and labels.</summary>
internal readonly record struct EntryKey(EndpointRow Row, Digest Digest)
{
    public bool Equals(EntryKey other) => Digest == other.Digest;

    public override int GetHashCode() => Digest.GetHashCode();
}
