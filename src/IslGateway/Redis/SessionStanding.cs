namespace IslGateway.Redis;

/// <summary>The gateways that share sessions, as Redis knows them.</summary>
/// <param name="HasOtherSecret">Whether they go by another secret than the one who asks.</param>
/// <param name="StruckOff">How many were struck off just now.</param>
/// <param name="Missing">One that shows no sign of life.</param>
/// <param name="Gateways">All of them.</param>
internal sealed record SessionStanding(bool HasOtherSecret, long StruckOff, string? Missing, IReadOnlyList<string> Gateways);
