using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace IslGateway.Benchmarks.Commands;

/// <summary>The hot types alone, by BenchmarkDotNet: time and allocations.</summary>
internal static class MicroCommand
{
    public static Command Create()
    {
        var filter = new Argument<string>("filter") { DefaultValueFactory = _ => "*", Description = "Which, as in *Canonical*." };
        var command = new Command("micro", "Measures the hot types alone.") { filter };
        command.SetAction(parsed =>
        {
            var config = DefaultConfig.Instance
                .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "micro"))
                .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .AddDiagnoser(MemoryDiagnoser.Default);
            var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly)
                .Run(["--filter", parsed.GetValue(filter)!], config)
                .ToList();
            var failed = summaries.Exists(summary =>
                summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success));
            return failed ? 1 : 0;
        });
        return command;
    }
}
