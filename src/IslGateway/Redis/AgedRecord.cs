namespace IslGateway.Redis;

/// <summary>A record whose age Redis has told.</summary>
internal sealed record AgedRecord(byte[] Content, TimeSpan Age);
