using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Settings;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// A token for each user's beliefs, replaced before an update is forwarded and again when it has been answered, whatever the answer. The
/// token is part of a session answer's key, so an answer computed before an update cannot be found after it. Tokens are random, never
/// counted: one that was forgotten is replaced, and can only lose hits. ISL keeps beliefs by user alone, so the user alone names them here.
/// </summary>
internal sealed class SessionVersions(ISessionTokens tokens, SettingsMonitor settings, IHostEnvironment environment)
{
    /// <summary>
    /// Stands for every user: raised when an update does not say whose beliefs it changes. No user's id, as UTF-8, has the byte 0xFF.
    /// </summary>
    public static Digest Everyone { get; } = Digest.Of([0xFF, .. "everyone"u8]);

    /// <summary>
    /// Whether session answers may be cached here: with Redis, where every gateway sees every update; without, in Development and where
    /// <c>Cache:SingleInstance</c> says that there is no other gateway.
    /// </summary>
    public bool AreSafe =>
        tokens.AreShared || settings.Current.Cache.SingleInstance || environment.IsDevelopment();

    /// <summary>The version of a user's beliefs now; null when it cannot be told.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="asker">The request that waits for it, if one does.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<Digest?> CurrentAsync(Digest user, RedisPatience? asker, CancellationToken cancellationToken) =>
        await tokens.ReadAsync(user, asker, cancellationToken) is { } now ? Combine(now.User, now.Everyone) : null;

    /// <summary>The same, but nothing is made where there is nothing yet: see <see cref="ISessionTokens.PeekAsync"/>.</summary>
    public async ValueTask<Digest?> PeekAsync(Digest user, CancellationToken cancellationToken) =>
        await tokens.PeekAsync(user, cancellationToken) is { } now ? Combine(now.User, now.Everyone) : null;

    /// <summary>Replaces the tokens of these users; null: which user is meant is not known, so everyone's.</summary>
    /// <returns>Whether that holds at every gateway now; else it is made up for.</returns>
    public ValueTask<bool> RaiseAsync(IReadOnlyList<Digest>? users) => tokens.RaiseAsync(users ?? [Everyone], TimeSpan.Zero);

    /// <summary>
    /// Replaces them when an update has ended, and returns when its answer may be given: no gateway serves what was computed before.
    /// </summary>
    /// <param name="users">Whose beliefs it changes.</param>
    /// <param name="unsettledFor">How long ISL may yet apply it; zero if it has answered.</param>
    public async Task ConcludeAsync(IReadOnlyList<Digest>? users, TimeSpan unsettledFor)
    {
        await tokens.RaiseAsync(users ?? [Everyone], unsettledFor);
        await tokens.SettleAsync();
    }

    private static Digest Combine(Digest own, Digest all)
    {
        Span<byte> both = stackalloc byte[2 * Digest.Size];
        own.CopyTo(both);
        all.CopyTo(both[Digest.Size..]);
        return Digest.Of(both);
    }
}
