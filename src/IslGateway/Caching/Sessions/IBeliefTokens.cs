using IslGateway.Caching.Keys;

namespace IslGateway.Caching.Sessions;

/// <summary>Where belief tokens live: in this process, or in the Redis that gateways share.</summary>
internal interface IBeliefTokens
{
    /// <summary>Whether every gateway sees the same tokens.</summary>
    bool AreShared { get; }

    /// <summary>
    /// The tokens that stand now for these names, each made anew if there is none; null when they cannot be read, or when a raise is not yet
    /// acknowledged: then nobody may be given a session answer.
    /// </summary>
    ValueTask<Digest[]?> ReadAsync(IReadOnlyList<Digest> names, CancellationToken cancellationToken);

    /// <summary>Replaces the tokens of these names. Never throws; a raise that is not acknowledged is remembered and made up for.</summary>
    ValueTask RaiseAsync(IReadOnlyList<Digest> names);
}
