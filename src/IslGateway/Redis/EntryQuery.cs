namespace IslGateway.Redis;

/// <summary>Entries to look for.</summary>
/// <param name="Names">Their names, the best first.</param>
/// <param name="Decode">
/// Reads the bytes under a name, of which it is given the number; it may overwrite them. Null without trouble: of a version that is not
/// known here.
/// </param>
internal sealed record EntryQuery<T>(IReadOnlyList<string> Names, EntryDecoder<T> Decode);
