using System.Globalization;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>The samples of a Prometheus text exposition, by series (name and labels as written).</summary>
internal sealed class Exposition
{
    private readonly Dictionary<string, double> _samples;

    private Exposition(Dictionary<string, double> samples) => _samples = samples;

    public IEnumerable<string> Series => _samples.Keys;

    /// <summary>The value of one series; 0 when it is not there.</summary>
    public double this[string series] => _samples.GetValueOrDefault(series);

    public static async Task<Exposition> OfAsync(GatewayUnderTest gateway) => Parse(await gateway.MetricsAsync());

    public static Exposition Parse(string text) => new(text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line[0] != '#')
        .Select(line => line.Split(" # ")[0])
        .ToDictionary(line => line[..line.LastIndexOf(' ')], line => Number(line[(line.LastIndexOf(' ') + 1)..]), StringComparer.Ordinal));

    /// <summary>The sum over the series of a family that have all these labels, each <c>name="value"</c>.</summary>
    public double Sum(string family, params string[] labels) => _samples
        .Where(sample => sample.Key.StartsWith(family + "{", StringComparison.Ordinal) && labels.All(label => HasLabel(sample.Key, label)))
        .Sum(sample => sample.Value);

    private static bool HasLabel(string series, string label) =>
        series.Contains("{" + label, StringComparison.Ordinal) || series.Contains("," + label, StringComparison.Ordinal);

    private static double Number(string text) =>
        text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);
}
