using System.Text;
using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>What was read of the tokens in Redis, at one moment.</summary>
/// <param name="hash">The hash's name, which its records are bound to.</param>
/// <param name="server">The run id of the server that was read; empty: it does not tell.</param>
/// <param name="time">Its clock: microseconds since 1970.</param>
/// <param name="fields">All fields.</param>
internal sealed class TokenReading(string hash, string server, long time, IReadOnlyDictionary<string, byte[]> fields)
{
    public string RunId => server;

    public Digest Server { get; } = Digest.OfText(server);

    /// <summary>Another with each write; empty: there was none.</summary>
    public string Change => Encoding.ASCII.GetString(Raw("change"));

    public long Time => time;

    /// <summary>
    /// The stamp of what is put where nothing stands: older than whatever any gateway may know, and the older the later it comes.
    /// </summary>
    public long First => 10_000_000_000 - (time / 1_000_000);

    public IEnumerable<string> Fields => fields.Keys;

    /// <summary>Fields that were looked for and hold no whole record of that name.</summary>
    public int Damaged { get; private set; }

    public byte[] Raw(string field) => fields.GetValueOrDefault(field) ?? [];

    /// <summary>The record of a field; null if there is none, or a damaged one.</summary>
    public TokenRecord? Find(string field)
    {
        if (!fields.TryGetValue(field, out var raw)) return null;
        var record = RedisRecord.TryDecode(NameOf(field), raw, out var content) ? TokenRecord.Decode(content) : null;
        if (record is null) Damaged++;
        return record;
    }

    /// <summary>What to write into a field.</summary>
    public byte[] Encode(string field, Digest token, long stamp) =>
        RedisRecord.Encode(NameOf(field), new TokenRecord(token, stamp, Server).Encode());

    private string NameOf(string field) => $"{hash}:{field}";
}
