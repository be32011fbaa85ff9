namespace IslGateway.UnitTests.Caching.Tiers;

/// <summary>
/// Requests as PLoT makes them: the guide's endpoints with their typical latencies, each question asked as often as Zipf's law says.
/// </summary>
internal sealed class Trace
{
    private const int Questions = 6_000;

    /// <summary>Share of the requests, seconds of ISL, and bytes of an entry.</summary>
    private static readonly (double Share, double Seconds, int Size)[] Endpoints =
    [
        (0.45, 0.005, 2_000), (0.15, 1, 3_500), (0.1, 0.04, 3_000), (0.1, 0.15, 6_500), (0.15, 0.1, 4_500), (0.05, 0.3, 8_500),
    ];

    private readonly double[] _popularity = Sums(Enumerable.Range(1, Questions).Select(rank => Math.Pow(rank, -0.8)));
    private readonly double[] _shares = Sums(Endpoints.Select(endpoint => endpoint.Share));
    private readonly Random _random = new(1);

    /// <summary>Requests whose popular questions are others after each so many; 0: always the same.</summary>
    public IEnumerable<TraceItem> Requests(int count, int changeEvery = 0)
    {
        for (var i = 0; i < count; i++)
        {
            var endpoint = Pick(_shares);
            var shift = changeEvery == 0 ? 0 : i / changeEvery * (Questions / 2);
            yield return Item(endpoint, Pick(_popularity) + shift);
        }
    }

    /// <summary>The same with long runs of cheap requests that never come again, a quarter of all.</summary>
    public IEnumerable<TraceItem> WithScans(int count, int length)
    {
        var scanned = 1_000_000;
        foreach (var (i, item) in Requests(count).Index()) yield return i / length % 4 == 3 ? Item(0, scanned++) : item;
    }

    /// <summary>Answers of an endpoint differ by half in size and in what they take.</summary>
    private static TraceItem Item(int endpoint, int question)
    {
        var (_, seconds, size) = Endpoints[endpoint];
        var key = (question * Endpoints.Length) + endpoint;
        var own = new Random(key);
        return new TraceItem(key, seconds * (0.5 + own.NextDouble()), (int)(size * (0.5 + own.NextDouble())));
    }

    private int Pick(double[] sums)
    {
        var found = Array.BinarySearch(sums, _random.NextDouble() * sums[^1]);
        return Math.Min(found < 0 ? ~found : found, sums.Length - 1);
    }

    private static double[] Sums(IEnumerable<double> parts)
    {
        var sum = 0d;
        return [.. parts.Select(part => sum += part)];
    }
}
