using System.Globalization;
using System.Text;
using IslGateway.Caching.Keys;
using IslGateway.Endpoints;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Caching.Stores;

/// <summary>
/// The names of everything that the gateway keeps in Redis, in one place.
/// <code>
/// name = prefix ":v1:" kind [ ":" id ]      prefix: Cache:Prefix; 1: the version of all formats
/// kind = row name                           an entry; id: its key's digest
///      / "belief"                           a user's belief token; id: digest of the user
///      / "unsettled"                        an update of the user may yet be applied; id: digest of the user
///      / "proof"                            ISL accepted a credential; id: digest of the credential
///      / "proofs"                           proofs older than this record count for nothing
///      / "epochs"                           the epochs that an ISL was last known to compute under; id: of its addresses
///      / "refusals"                         a stream of credentials that ISL has refused
///      / "generations"                      a hash of purge generations
///      / "gateway"                          a gateway that is there; id: its own
///      / "gateways"                         the set of those
///      / "lease"                            a gateway is filling an entry, or did so in vain; id: the entry's digest
///      / "watch"                            written and read to see how Redis is; on a cluster with a number as id, one for each master
///      / "leases"                           the channel on which gateways say that a lease has ended
///      / "news"                             the channel on which gateways nudge each other
/// </code>
/// Rows begin with a capital letter, so no kind is one. A gateway of another format version has other names and shares the server in peace.
/// </summary>
internal sealed class RedisNames(SettingsMonitor settings)
{
    private const string Version = "v1";

    /// <summary>Addresses change with a restart only.</summary>
    private readonly string _isl = Digest.Of(Encoding.UTF8.GetBytes(
        string.Join(' ', settings.Current.Isl.BaseUrls.Select(url => url.AbsoluteUri).Order(StringComparer.Ordinal)))).ToString()[..16];

    public string Generations => Named("generations");

    public string Proofs => Named("proofs");

    /// <summary>Of this ISL alone: another that shares the server has another address.</summary>
    public string Epochs => Named("epochs", _isl);

    public string Refusals => Named("refusals");

    public string Gateways => Named("gateways");

    public string Watch => Named("watch");

    public RedisChannel News => RedisChannel.Literal(Named("news"));

    public RedisChannel Leases => RedisChannel.Literal(Named("leases"));

    public string WatchOf(int number) => Named("watch", number.ToString(CultureInfo.InvariantCulture));

    public string Entry(EndpointRow row, Digest key) => Named(row.Name, key.ToString());

    public string Belief(Digest user) => Named("belief", user.ToString());

    public string Unsettled(Digest user) => Named("unsettled", user.ToString());

    public string Proof(Digest credential) => Named("proof", credential.ToString());

    public string Gateway(string id) => Named("gateway", id);

    public string Lease(Digest key) => Named("lease", key.ToString());

    private string Named(string kind) => $"{settings.Current.Cache.Prefix}:{Version}:{kind}";

    private string Named(string kind, string id) => $"{settings.Current.Cache.Prefix}:{Version}:{kind}:{id}";
}
