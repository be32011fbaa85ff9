namespace IslGateway.Benchmarks.Measuring;

/// <summary>All that was measured, by workload, column and metric; of several values the median counts.</summary>
internal sealed class Findings
{
    private readonly Dictionary<(string Workload, string Column, string Metric), List<double>> _values = [];

    public IEnumerable<((string Workload, string Column, string Metric) Key, IReadOnlyList<double> Values)> All =>
        _values.Select(pair => (pair.Key, (IReadOnlyList<double>)pair.Value));

    public void Add(string workload, string column, string metric, double value)
    {
        if (!_values.TryGetValue((workload, column, metric), out var values)) _values[(workload, column, metric)] = values = [];
        values.Add(value);
    }

    /// <returns>Null where it was not measured.</returns>
    public double? Median(string workload, string column, string metric)
    {
        if (!_values.TryGetValue((workload, column, metric), out var values)) return null;
        double[] sorted = [.. values.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    public double? Ratio(string workload, string column, string other, string metric = Metrics.Cpu) =>
        Median(workload, column, metric) / Median(workload, other, metric);
}
