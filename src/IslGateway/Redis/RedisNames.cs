using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis.Sealing;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// The names of everything that the gateway keeps in Redis, in one place.
/// <code>
/// name  = prefix ":v1:" kind ":" id         prefix: Cache:Prefix; 1: the version of all formats
/// kind  = row name                          an entry; id: its key's digest, of which the scope is a part; a sealed one: a digest of that
///       / "belief"                          a user's token; id: "{" scope "}" digest of the user
///       / "everyone"                        the token that stands for all users; id: "{" scope "}"
///       / "unsettled"                       an update may yet be applied; id: "{" scope "}", and the digest of the user if it is theirs
///       / "proof"                           ISL accepted a credential; id: digest of scope and credential
///       / "lease"                           a gateway is filling an entry, or did so in vain; id: "{" the entry's name "}"
///       / "kept"                            a request that is kept to be asked again; id: digest of scope, question and credential
///       / "keptlist"                        those of most worth; id: scope
///       / "epochs"                          the epochs that ISL was last known to compute under; id: scope
///       / "tokens"                          a hash of tokens that are replaced to purge and to revoke; id: "{" scope "}"
///       / "gateways"                        the gateways that are there; id: "{" scope "}"
///       / "watch"                           written and read to see how Redis is; id: scope; on a cluster scope "." number, one for each
///                                           master
///       / "leases"                          the channel on which gateways say that a lease has ended; id: scope
///       / "news"                            the channel on which gateways nudge each other; id: scope
/// scope = the first 16 digits of the digest of Cache:Scope
/// </code>
/// Rows begin with a capital letter, so no kind is one. The scope is in every name: gateways of another ISL share the server and nothing
/// else. It is there without <c>Cache:KeySecret</c>, since gateways with different secrets have to find each other. A gateway of another
/// format version has other names too.
/// </summary>
internal sealed class RedisNames(SettingsMonitor settings)
{
    private const string Version = "v1";
    private const int ScopeDigits = 16;
    private const string RevocationPrefix = "credential:";

    /// <summary>Which form of sealing the names of sealed entries stand for.</summary>
    private static readonly byte[] SealedMark = [.. "sealed"u8, SealedValue.Version];

    /// <summary>Like ISL's addresses, it changes with a restart only.</summary>
    private readonly Digest _scope = Digest.OfText(CacheScope.Of(settings.Current));

    public string Tokens => Named("tokens", $"{{{Scope}}}");

    public string Epochs => Named("epochs", Scope);

    /// <summary>Those that are sealed have other names than those in clear text, which has a list of its own, too.</summary>
    public string KeptList => Named("keptlist", AreSealed ? Scope + ".sealed" : Scope);

    public string Gateways => Named("gateways", SessionScope);

    public string Everyone => Named("everyone", SessionScope);

    public string EveryoneUnsettled => Named("unsettled", SessionScope);

    public string Watch => Named("watch", Scope);

    public RedisChannel News => RedisChannel.Literal(Named("news", Scope));

    public RedisChannel Leases => RedisChannel.Literal(Named("leases", Scope));

    private bool AreSealed => settings.Current.Cache.EncryptionKeys.Length > 0;

    private string Scope => field ??= _scope.ToString()[..ScopeDigits];

    /// <summary>A hash tag: a cluster keeps all that a script may name on one node.</summary>
    private string SessionScope => field ??= $"{{{Scope}}}";

    /// <summary>How those of <see cref="Revocation"/> begin that are about credentials under our secret.</summary>
    public string OwnRevocations => RevocationPrefix + Convert.ToHexStringLower(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(settings.Current.Cache.KeySecret ?? ""), "credential"u8))[..ScopeDigits] + ":";

    /// <summary>Whether a field of <see cref="Tokens"/> is about a credential that was refused.</summary>
    public static bool IsRevocation(string field) => field.StartsWith(RevocationPrefix, StringComparison.Ordinal);

    /// <summary>
    /// The field of <see cref="Tokens"/> for a credential that was refused: <c>credential:</c>, 16 digits that tell secrets apart,
    /// <c>:</c>, the credential's digest, which is another under each <c>Cache:KeySecret</c>.
    /// </summary>
    public string Revocation(Digest credential) => OwnRevocations + credential;

    public string WatchOf(int number) => Named("watch", $"{Scope}.{number.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>
    /// Sealed entries have other names than those in clear text, and so have their leases: while keys are being introduced, neither the
    /// gateways that have them nor those that do not yet find, replace or remove what they cannot read.
    /// </summary>
    public string Entry(EndpointRow row, Digest key) =>
        Named(row.Name, (AreSealed ? Sealed(key) : key).ToString());

    /// <summary>In braces: a cluster keeps it in the slot of its entry.</summary>
    public string Lease(EndpointRow row, Digest key) => Named("lease", $"{{{Entry(row, key)}}}");

    public string Belief(Digest user) => Named("belief", $"{SessionScope}{user}");

    public string Unsettled(Digest user) => Named("unsettled", $"{SessionScope}{user}");

    public string Kept(Digest request) => Named("kept", Scoped(AreSealed ? Sealed(request) : request));

    public string Proof(Digest credential) => Named("proof", Scoped(credential));

    private static Digest Sealed(Digest key)
    {
        Span<byte> marked = stackalloc byte[Digest.Size + SealedMark.Length];
        key.CopyTo(marked);
        SealedMark.CopyTo(marked[Digest.Size..]);
        return Digest.Of(marked);
    }

    private string Scoped(Digest id)
    {
        Span<byte> both = stackalloc byte[2 * Digest.Size];
        _scope.CopyTo(both);
        id.CopyTo(both[Digest.Size..]);
        return Digest.Of(both).ToString();
    }

    private string Named(string kind, string id) => $"{settings.Current.Cache.Prefix}:{Version}:{kind}:{id}";
}
