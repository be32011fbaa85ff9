using System.CommandLine;
using System.Net.Sockets;
using IslGateway.Benchmarks.Load;
using IslGateway.Benchmarks.Measuring;
using IslGateway.Benchmarks.Processes;
using IslGateway.Benchmarks.Reporting;
using IslGateway.Benchmarks.Servers;

namespace IslGateway.Benchmarks.Commands;

/// <summary>The gateway beside the other servers of the machine, and the targets' verdicts.</summary>
internal static class CompareCommand
{
    private const int Wrong = 1;
    private const int Unable = 2;

    public static Command Create()
    {
        var only = new Option<string>("--only")
        {
            Description = "Workloads, separated by commas: "
                + $"{string.Join(", ", MeasurementTable.All().Select(measurement => measurement.Name))}.",
        };
        var rounds = new Option<int>("--rounds") { Description = "Rounds of each.", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds") { Description = "Of each server in a round.", DefaultValueFactory = _ => 4 };
        var entries = new Option<int>("--entries") { Description = "For memory per entry.", DefaultValueFactory = _ => 50_000 };
        var gateway = new Option<string>("--gateway") { Description = "A published gateway's executable; else it is published first." };
        var allowNoise = new Option<bool>("--allow-noise") { Description = "Counts rounds in which others used the machine." };
        var markdown = new Option<string>("--markdown") { Description = "Writes the report to this file, too." };
        var json = new Option<string>("--json") { Description = "Writes every figure to this file." };
        var command = new Command("compare", "Measures the gateway beside bare Kestrel, OutputCache, YARP, nginx and Varnish.")
        {
            only, rounds, seconds, entries, gateway, allowNoise, markdown, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var time = TimeSpan.FromSeconds(parsed.GetValue(seconds));
            var plan = new Plan(parsed.GetValue(rounds), time, parsed.GetValue(allowNoise), parsed.GetValue(entries));
            var names = parsed.GetValue(only)?.Split(',', StringSplitOptions.TrimEntries);
            var all = MeasurementTable.All();
            if (names?.FirstOrDefault(name => all.All(measurement => measurement.Name != name)) is { } unknown)
            {
                await Console.Error.WriteLineAsync($"There is no workload '{unknown}'. See --help.");
                return Unable;
            }

            if (Environment.ProcessorCount < 2 || Programs.Find("taskset") is null)
            {
                await Console.Error.WriteLineAsync("It takes Linux with two cores and taskset.");
                return Unable;
            }

            return await RunAsync(
                [.. all.Where(measurement => names?.Contains(measurement.Name) ?? true)], plan, parsed.GetValue(gateway),
                parsed.GetValue(markdown), parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        IReadOnlyList<IMeasurement> measurements, Plan plan, string? gateway, string? markdown, string? json,
        CancellationToken cancellationToken)
    {
        if (gateway is null) Console.Error.WriteLine("publishing the gateway");
        gateway ??= await Publisher.PublishAsync(cancellationToken);
        using var bench = await Bench.StartAsync(gateway, cancellationToken);
        var session = new Session(bench, plan, new Findings(), Console.Error.WriteLine);
        var exit = 0;
        foreach (var measurement in measurements)
        {
            cancellationToken.ThrowIfCancellationRequested();
            session.Say(measurement.Title);
            try
            {
                await measurement.RunAsync(session, cancellationToken);
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                // Ctrl-C reaches the servers, too: what they did not answer any more says nothing.
                session.Say("  stopped");
                return Unable;
            }
            catch (Exception fault) when (fault is WrongAnswerException or InvalidDataException)
            {
                session.Say($"  WRONG: {fault.Message}");
                exit = Wrong;
            }
            catch (Exception fault) when (fault is InvalidOperationException or IOException or SocketException or TimeoutException)
            {
                // What the others found must not be lost with it.
                session.Say($"  FAILED: {fault.Message}");
                if (exit == 0) exit = Unable;
            }
        }

        var circumstances = Circumstances.Of(session);
        var report = MarkdownReport.Of(session.Findings, measurements, circumstances);
        await Console.Out.WriteLineAsync(report);
        if (markdown is not null) await File.WriteAllTextAsync(markdown, report, cancellationToken);
        if (json is not null)
            await File.WriteAllTextAsync(json, JsonReport.Of(session.Findings, measurements, circumstances), cancellationToken);
        return exit;
    }
}
