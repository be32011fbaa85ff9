using IslGateway.Benchmarks.Workloads;

namespace IslGateway.Benchmarks.Measuring;

/// <summary>Everything that can be measured, in the order in which it is.</summary>
internal static class MeasurementTable
{
    public static IReadOnlyList<IMeasurement> All() =>
    [
        .. WorkloadTable.All().Select(workload => new RoundsMeasurement(workload)),
        new RedisMeasurement(), new CollapseMeasurement(), new StartMeasurement(), new MemoryMeasurement(), new GrowthMeasurement(),
        new MillionMeasurement(),
    ];
}
