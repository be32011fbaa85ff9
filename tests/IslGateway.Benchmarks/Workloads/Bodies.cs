using System.Globalization;
using System.IO.Compression;
using System.Text;
using IslGateway.Benchmarks.Load;

namespace IslGateway.Benchmarks.Workloads;

/// <summary>Request bodies of about 1 KB, as PLoT's causal questions look.</summary>
internal static class Bodies
{
    private const int Size = 1_024;

    /// <summary>A body; every number gives another one of the same length.</summary>
    public static byte[] Numbered(int number) => Text(number.ToString("D12", CultureInfo.InvariantCulture));

    /// <summary>A body with a place for <see cref="OwnDigits"/>.</summary>
    public static byte[] Open() => Text(OwnDigits.Mark);

    /// <summary>One body in every order of its members, each with places for <see cref="OwnSpelling"/>.</summary>
    public static IReadOnlyList<byte[]> Spellings() =>
        [.. Orders([.. Members("000000000000")]).Select(order => Encoding.ASCII.GetBytes($"{{{string.Join(",", order.Select(Spaced))}}}"))];

    /// <summary>A body of about so many bytes.</summary>
    public static byte[] Long(int size) => Encoding.ASCII.GetBytes(
        $"{{\"samples\":[{string.Join(",", Enumerable.Range(0, size / 6).Select(i => $"0.{((i * 37) % 900) + 100}"))}]}}");

    public static byte[] Packed(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var packing = new GZipStream(packed, CompressionLevel.Optimal)) packing.Write(body);
        return packed.ToArray();
    }

    private static byte[] Text(string question) => Encoding.ASCII.GetBytes($"{{{string.Join(",", Members(question))}}}");

    private static string[] Members(string question)
    {
        var nodes = string.Join(",", Enumerable.Range(0, 12).Select(i => $"\"factor_{i}\""));
        var edges = string.Join(",", Enumerable.Range(1, 11).Select(i => $"[\"factor_{i - 1}\",\"factor_{i}\"]"));
        var model = $$"""{"nodes":[{{nodes}}],"edges":[{{edges}}]}""";
        string[] members =
        [
            $"\"dag\":{model}", "\"treatment\":\"factor_0\"", "\"outcome\":\"factor_11\"", $"\"question\":\"{question}\"",
        ];
        var filler = Size - members.Sum(member => member.Length + 1) - "{\"weights\":[]".Length;
        var weights = string.Join(",", Enumerable.Range(0, filler / 6).Select(i => $"0.{((i * 37) % 900) + 100}"));
        return [.. members, $"\"weights\":[{weights}]"];
    }

    private static string Spaced(string member)
    {
        // Four blanks beside the colon: ten bits a body would be few, five members make forty.
        var colon = member.IndexOf(':', StringComparison.Ordinal);
        var blanks = new string((char)OwnSpelling.Mark, 2);
        return $"{member[..colon]}{blanks}:{blanks}{member[(colon + 1)..]}";
    }

    private static IEnumerable<string[]> Orders(string[] members) => members.Length == 1
        ? [members]
        : members.SelectMany(first => Orders([.. members.Where(other => other != first)]).Select(rest => (string[])[first, .. rest]));
}
