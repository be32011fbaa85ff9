using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>A token that is to be replaced.</summary>
/// <param name="User">Whose, as it may leave the process; null: everyone's.</param>
/// <param name="IsUnsettled">Whether ISL may yet apply an update that it left unanswered.</param>
internal readonly record struct SessionRaise(Digest? User, bool IsUnsettled);
