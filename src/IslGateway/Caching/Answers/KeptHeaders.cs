using System.Collections;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Answers;

/// <summary>
/// The headers that are kept with an answer, and the lines that they become for a caller. Most answers of ISL have the same ones: they
/// share one instance.
/// </summary>
internal sealed class KeptHeaders : IReadOnlyList<KeyValuePair<string, string>>, IEquatable<KeptHeaders>
{
    /// <summary>Different sets that are remembered for sharing: each row and build of ISL has a few.</summary>
    private const int Capacity = 1_024;

    /// <summary>Bytes that a header takes besides its characters.</summary>
    private const int PerHeader = 48;

    private static readonly ConcurrentLru<KeptHeaders, KeptHeaders> Shared = new(Capacity);

    private readonly KeyValuePair<string, string>[] _headers;
    private readonly int _hash;

    private KeptHeaders(IEnumerable<KeyValuePair<string, string>> headers)
    {
        _headers = headers as KeyValuePair<string, string>[] ?? [.. headers];
        var hash = new HashCode();
        foreach (var (name, value) in _headers)
        {
            hash.Add(name, StringComparer.Ordinal);
            hash.Add(value, StringComparer.Ordinal);
            Size += (2L * (name.Length + value.Length)) + PerHeader;
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>How a line is written.</summary>
    public enum Kind
    {
        /// <summary>As it is.</summary>
        Plain,

        /// <summary>With the caller's own value: only the name is kept (<see cref="TraceHeaders"/>).</summary>
        Trace,

        /// <summary>To callers who came by TLS only (RFC 6797, section 7.2).</summary>
        TlsOnly,
    }

    /// <summary>Each name once, with all its values. Made when first asked for, and so by the shared instance alone.</summary>
    public IReadOnlyList<(string Name, StringValues Values, Kind Kind)> Lines => field ??=
        [.. _headers.GroupBy(header => header.Key, header => header.Value, StringComparer.OrdinalIgnoreCase).Select(LineOf)];

    /// <summary>The bytes that they take in memory.</summary>
    public long Size { get; }

    public int Count => _headers.Length;

    public KeyValuePair<string, string> this[int index] => _headers[index];

    /// <summary>These headers, by the instance that other answers have, too.</summary>
    public static KeptHeaders Of(IEnumerable<KeyValuePair<string, string>> headers) =>
        headers as KeptHeaders ?? Shared.GetOrAdd(new KeptHeaders(headers), static one => one);

    public bool Equals(KeptHeaders? other) => other is not null && _hash == other._hash && _headers.AsSpan().SequenceEqual(other._headers);

    public override bool Equals(object? obj) => Equals(obj as KeptHeaders);

    public override int GetHashCode() => _hash;

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _headers.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static (string Name, StringValues Values, Kind Kind) LineOf(IGrouping<string, string> line) => (
        line.Key,
        line.ToArray() is [var one] ? new StringValues(one) : new StringValues([.. line]),
        line.Key.Equals(HeaderNames.StrictTransportSecurity, StringComparison.OrdinalIgnoreCase) ? Kind.TlsOnly
            : TraceHeaders.Names.Contains(line.Key) && line.All(value => value.Length == 0) ? Kind.Trace
            : Kind.Plain);
}
