namespace IslGateway.Caching.Purging;

/// <summary>What became of a purge outside this gateway, where it took effect at once.</summary>
/// <param name="Redis">Whether Redis has it: then every other gateway follows within a second.</param>
/// <param name="Users">The same for the users' part of the purge.</param>
internal sealed record PurgeReport(PurgeReach Redis, PurgeReach Users);
