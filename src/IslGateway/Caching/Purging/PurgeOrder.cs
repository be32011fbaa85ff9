using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Purging;

/// <summary>What to purge.</summary>
/// <param name="Everything">All entries.</param>
/// <param name="Rows">The entries of these rows, each cacheable.</param>
/// <param name="Users">The session answers of these users, by the digest of their id.</param>
internal sealed record PurgeOrder(bool Everything, IReadOnlyCollection<EndpointRow> Rows, IReadOnlyCollection<Digest> Users);
