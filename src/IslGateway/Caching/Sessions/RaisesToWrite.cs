using IslGateway.Content;

namespace IslGateway.Caching.Sessions;

/// <summary>All raises that are pending at one moment.</summary>
/// <param name="Version">The latest addition among them.</param>
/// <param name="Tokens">Users whose token is to be replaced.</param>
/// <param name="Marks">Users who are to be marked unsettled, before their token is replaced.</param>
/// <param name="MarkLife">For how long.</param>
internal sealed record RaisesToWrite(long Version, IReadOnlyList<Digest> Tokens, IReadOnlyList<Digest> Marks, TimeSpan MarkLife);
