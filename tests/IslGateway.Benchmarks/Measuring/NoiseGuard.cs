using System.Diagnostics;
using IslGateway.Benchmarks.Processes;

namespace IslGateway.Benchmarks.Measuring;

/// <summary>Repeats what was measured while other processes used the machine.</summary>
internal sealed class NoiseGuard(Session session)
{
    /// <summary>Share of one core that others may use: the operating system's own work stays below.</summary>
    private const double Limit = 0.06;

    private const int Attempts = 6;

    /// <summary>
    /// Runs until a run was undisturbed; after several disturbed ones the least disturbed counts, and the report says so.
    /// </summary>
    /// <param name="name">What is measured.</param>
    /// <param name="measure">Measures once.</param>
    public async Task<T> RunAsync<T>(string name, Func<Task<T>> measure)
    {
        var tries = new List<(double Share, T Result)>();
        while (true)
        {
            // All processes of the benchmark descend from this one.
            var (machine, own, start) = (ProcFiles.CpuOfMachine(), ProcFiles.CpuOf(Environment.ProcessId), Stopwatch.GetTimestamp());
            var result = await measure();
            var used = ProcFiles.CpuOfMachine() - machine - (ProcFiles.CpuOf(Environment.ProcessId) - own);
            tries.Add((used / Stopwatch.GetElapsedTime(start).TotalMilliseconds, result));
            if (tries[^1].Share <= Limit) return result;
            if (session.Plan.AllowNoise || tries.Count == Attempts)
            {
                session.NoisyRounds++;
                return tries.MinBy(attempt => attempt.Share).Result;
            }

            session.Say($"  {name}: others used {tries[^1].Share:P0} of a core; once more");
        }
    }
}
