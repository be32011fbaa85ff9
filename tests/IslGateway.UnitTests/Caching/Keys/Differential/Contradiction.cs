using System.Text;

namespace IslGateway.UnitTests.Caching.Keys.Differential;

/// <summary>Where canonicaliser and reader disagree.</summary>
/// <param name="What">In which way.</param>
/// <param name="SortKeys">In which order of keys.</param>
/// <param name="Body">The body about which they do.</param>
/// <param name="Other">The second one, if they disagree about whether two are the same.</param>
internal sealed record Contradiction(Disagreement What, bool SortKeys, byte[] Body, byte[]? Other)
{
    public override string ToString() =>
        $"{What} with keys {(SortKeys ? "sorted" : "in their own order")}:\n  {Shown(Body)}{(Other is null ? "" : "\n  " + Shown(Other))}";

    private static string Shown(byte[] body) => $"{Encoding.UTF8.GetString(body)}   (hex {Convert.ToHexStringLower(body)})";
}
