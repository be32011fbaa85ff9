namespace IslGateway.Redis;

/// <summary>What came of one look at Redis.</summary>
/// <param name="Answered">Whether it said anything at all, be it a refusal.</param>
/// <param name="Prompt">Whether it did so within what a request would have waited.</param>
/// <param name="Refused">Whether it refused to read or to write.</param>
internal readonly record struct RedisCheckup(bool Answered, bool Prompt, bool Refused);
