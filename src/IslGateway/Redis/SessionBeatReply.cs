namespace IslGateway.Redis;

/// <summary>What Redis says to a heartbeat.</summary>
/// <param name="Now">Redis's time, ms.</param>
/// <param name="Standing">What stands there now that it was carried out; null: it came too late and did nothing.</param>
internal readonly record struct SessionBeatReply(long Now, SessionStanding? Standing);
