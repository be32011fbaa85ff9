namespace IslGateway.Redis;

/// <summary>Reads an entry.</summary>
/// <param name="number">The number of its name in the query.</param>
/// <param name="bytes">What stands under that name. Nobody else needs it.</param>
/// <param name="value">What it says; null if it cannot be read.</param>
/// <returns>What is wrong with it: then it has to go.</returns>
internal delegate RedisTrouble EntryDecoder<T>(int number, Span<byte> bytes, out T? value);
