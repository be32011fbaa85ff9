using System.Diagnostics;
using IslGateway.Benchmarks.Processes;

namespace IslGateway.Benchmarks.Measuring;

/// <summary>Repeats what was measured while other processes used the machine.</summary>
internal sealed class NoiseGuard(Session session)
{
    /// <summary>Share of one core that others may use: the operating system's own work stays below.</summary>
    private const double Limit = 0.06;

    private const int Attempts = 6;

    /// <summary>Runs until a run was undisturbed; after several disturbed ones the last counts, and the report says so.</summary>
    /// <param name="name">What is measured.</param>
    /// <param name="measure">Measures once.</param>
    public async Task<T> RunAsync<T>(string name, Func<Task<T>> measure)
    {
        for (var attempt = 1; ; attempt++)
        {
            // All processes of the benchmark descend from this one.
            var (machine, own, start) = (ProcFiles.CpuOfMachine(), ProcFiles.CpuOf(Environment.ProcessId), Stopwatch.GetTimestamp());
            var result = await measure();
            var used = ProcFiles.CpuOfMachine() - machine - (ProcFiles.CpuOf(Environment.ProcessId) - own);
            var share = used / Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (share <= Limit) return result;
            if (session.Plan.AllowNoise || attempt == Attempts)
            {
                session.NoisyRounds++;
                return result;
            }

            session.Say($"  {name}: others used {share:P0} of a core; once more");
        }
    }
}
