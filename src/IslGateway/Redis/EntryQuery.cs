namespace IslGateway.Redis;

/// <summary>Entries to look for.</summary>
/// <param name="Names">Their names, the best first.</param>
/// <param name="Decode">
/// Reads the bytes under a name, of which it is given the number. What is no entry, or damaged, is not whole; a whole one without a value
/// is of a version that is not known here.
/// </param>
internal sealed record EntryQuery<T>(IReadOnlyList<string> Names, Func<int, ReadOnlySpan<byte>, (bool IsWhole, T? Value)> Decode);
