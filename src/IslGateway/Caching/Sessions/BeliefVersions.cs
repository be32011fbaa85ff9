using System.Security.Cryptography;
using BitFaster.Caching.Lru;
using IslGateway.Caching.Keys;
using IslGateway.Settings;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// A token for each user's beliefs, replaced before an update is forwarded and again when it has been answered, whatever the answer. The
/// token is part of a session answer's key, so an answer computed before an update cannot be found after it. Tokens are random, never
/// counted: one that was forgotten is replaced, and can only lose hits. ISL keeps beliefs by user alone, so the user alone names them here.
/// </summary>
/// <remarks>
/// These tokens live in this process. With a second gateway an update that passes it would not be seen here, so session answers are cached
/// only where there can be none: in Development without Redis, and where <c>Cache:SingleInstance</c> says so.
/// </remarks>
internal sealed class BeliefVersions(SettingsMonitor settings, IHostEnvironment environment)
{
    /// <summary>Users remembered: about 150 bytes each.</summary>
    private const int Capacity = 65_536;

    private readonly ConcurrentLru<Digest, Digest> _tokens = new(Capacity);
    /// <summary>A boxed digest: 32 bytes are not written at once.</summary>
    private object _everyone = Fresh();

    /// <summary>Whether session answers may be cached here.</summary>
    public bool AreSafe =>
        settings.Current.Cache.SingleInstance || (environment.IsDevelopment() && settings.Current.RedisConnectionString is null);

    /// <summary>The version of a user's beliefs now.</summary>
    public Digest Current(Digest user)
    {
        Span<byte> both = stackalloc byte[2 * Digest.Size];
        _tokens.GetOrAdd(user, static _ => Fresh()).CopyTo(both);
        ((Digest)Volatile.Read(ref _everyone)).CopyTo(both[Digest.Size..]);
        return Digest.Of(both);
    }

    /// <summary>Replaces the tokens of these users; null: which user is meant is not known, so everyone's.</summary>
    public void Raise(IReadOnlyList<Digest>? users)
    {
        if (users is null) Volatile.Write(ref _everyone, Fresh());
        else foreach (var user in users) _tokens.AddOrUpdate(user, Fresh());
    }

    private static Digest Fresh()
    {
        Span<byte> random = stackalloc byte[Digest.Size];
        RandomNumberGenerator.Fill(random);
        return Digest.FromBytes(random);
    }
}
