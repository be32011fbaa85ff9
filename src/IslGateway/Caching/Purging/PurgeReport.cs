namespace IslGateway.Caching.Purging;

/// <summary>What became of a purge beyond this gateway, where it holds already.</summary>
/// <param name="Redis">Whether Redis has it, so that every other gateway heeds it within a second.</param>
/// <param name="Users">The same for the users' part of it alone.</param>
internal sealed record PurgeReport(PurgeReach Redis, PurgeReach Users);
