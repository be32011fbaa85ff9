using System.Globalization;
using System.Text;

namespace IslGateway.Benchmarks.Serving;

/// <summary>
/// An answer that never changes but for the request id that it echoes, as ISL's do: so whoever reads one can tell whether every byte is
/// right.
/// </summary>
internal sealed class ConstantAnswer
{
    /// <summary>The upstream's configuration, in its health and in its answers.</summary>
    public const string Fingerprint = "benchmark-configuration";

    /// <summary>Bytes of an id for which the sizes below hold.</summary>
    public const int IdLength = 36;

    public static readonly ConstantAnswer Small = new(2_047);
    public static readonly ConstantAnswer Large = new(65_536);

    private readonly byte[] _before;
    private readonly byte[] _after;

    private ConstantAnswer(int size)
    {
        var before = $$"""{"_metadata":{"config_fingerprint":"{{Fingerprint}}","request_id":" """.TrimEnd();
        var after = new StringBuilder("\"},\"status\":\"identifiable\",\"effects\":[");
        for (var i = 0; before.Length + IdLength + after.Length < size - 160; i++)
        {
            var value = (i * 7_919 % 10_007) / 10_007.0;
            after.Append(
                CultureInfo.InvariantCulture,
                $$"""{"factor":"factor_{{i}}","effect":{{value:F6}},"interval":[{{value - 0.1:F4}},{{value + 0.1:F4}}]},""");
        }

        after.Append("{\"factor\":\"last\"}],\"note\":\"");
        var filler = size - before.Length - IdLength - after.Length - 2;
        after.Append('.', filler).Append("\"}");
        _before = Encoding.ASCII.GetBytes(before);
        _after = Encoding.ASCII.GetBytes(after.ToString());
    }

    /// <summary>The answer to a path of ISL's, by what the benchmark uses the path for.</summary>
    public static ConstantAnswer To(string path) => path == Paths.Large ? Large : Small;

    public byte[] WithId(string id) => [.. _before, .. Encoding.ASCII.GetBytes(id), .. _after];

    /// <summary>Whether a body is this answer, and with which id.</summary>
    public bool Is(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> id)
    {
        var length = body.Length - _before.Length - _after.Length;
        id = length > 0 ? body.Slice(_before.Length, length) : default;
        return length > 0 && body.StartsWith(_before) && body.EndsWith(_after);
    }
}
