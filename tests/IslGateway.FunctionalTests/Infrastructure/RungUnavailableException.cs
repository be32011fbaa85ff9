namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>A rung of the ladder gives no server here; the message says why, in a few words for people.</summary>
internal sealed class RungUnavailableException(string reason, Exception? cause = null) : Exception(reason, cause);
