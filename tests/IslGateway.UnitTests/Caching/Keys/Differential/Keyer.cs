using IslGateway.Content;

namespace IslGateway.UnitTests.Caching.Keys.Differential;

/// <summary>A canonicaliser: the one of the product, or one that is wrong on purpose.</summary>
internal delegate bool Keyer(byte[] body, bool sortKeys, out Digest key);
