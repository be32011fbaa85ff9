using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>The guide's comparison, as <c>islgateway demo</c> plays and tells it.</summary>
public sealed class DemoTests
{
    private const string TeamAlign = "/api/v1/team/align";

    /// <summary>
    /// Before the simulator, which takes as long as the guide says: what it computed took no less, and what came from the cache or was
    /// asked at the same time is told as that. How much faster it all is then, the machine decides.
    /// </summary>
    [Fact]
    public async Task Demo_AtTheGuidesLatencies_SaysWhatIslComputedAndWhatItDidNot()
    {
        var result = await GatewayProcess.RunAsync(["demo", "--json"]);

        Assert.Equal(0, result.ExitCode);
        using var figures = Figures(result);
        Assert.True(figures.RootElement.GetProperty("simulated").GetBoolean());
        var workflow = Rounds(figures.RootElement);
        Assert.Equal([0, 3, 3], workflow.Select(Hits));
        foreach (var request in workflow.SelectMany(Requests))
        {
            var isHit = request.GetProperty("cache_status").GetString()!.Contains("; hit; ", StringComparison.Ordinal);
            Assert.True(isHit || Elapsed(request) >= 0.9 * request.GetProperty("guide_ms").GetInt32(), request.GetRawText());
        }

        // One after the other they take as long as all of them together; side by side, less than that on any machine.
        Assert.All(workflow[..2], round => Assert.InRange(Elapsed(round), Requests(round).Sum(Elapsed), double.MaxValue));
        Assert.InRange(Elapsed(workflow[2]), 0, Requests(workflow[2]).Sum(Elapsed));

        var patterns = figures.RootElement.GetProperty("patterns").EnumerateArray().ToList();
        Assert.Equal(["5 price points", "10 validations"], patterns.Select(pattern => pattern.GetProperty("name").GetString()));
        var (points, validations) = (Rounds(patterns[0]), Rounds(patterns[1]));
        Assert.Equal([0, 0, 5], points.Select(Hits));
        Assert.Equal([0, 0, 10], validations.Select(Hits));
        Assert.InRange(Elapsed(points[0]), 0.9 * 5 * 1_000, double.MaxValue);
    }

    /// <summary>An ISL that answers what is asked at once only when it has all of it: else the demo would wait for ever.</summary>
    [Fact]
    public async Task Demo_WhatItAsksAtOnce_IsAtIslAtOnce()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        var forward = Scripts.Forward(isl.BaseAddress);
        Meeting uncached = new(alone: 4, together: 2), points = new(alone: 6, together: 5), validations = new(alone: 11, together: 10);
        await using var front = new ScriptedUpstream(
            async call =>
            {
                var path = call.Head.Split(' ')[1];
                if (path is Isl.Teach or TeamAlign) await uncached.ComeAsync().WaitAsync(call.Ended);
                if (path == Isl.Counterfactual) await points.ComeAsync().WaitAsync(call.Ended);
                if (path == Isl.Validate) await validations.ComeAsync().WaitAsync(call.Ended);
                return await forward(call);
            },
            forward);

        var result = await GatewayProcess.RunAsync(["demo", "--json", $"--Isl:BaseUrl={front.Address}"]);

        Assert.Equal(0, result.ExitCode);
        using var figures = Figures(result);
        Assert.Equal([0, 3, 3], Rounds(figures.RootElement).Select(Hits));
        Assert.Equal((6, 11, 21), (uncached.Came, points.Came, validations.Came));
    }

    private static JsonDocument Figures(ProcessResult result) =>
        JsonDocument.Parse(result.Output.Split('\n').Single(line => line.StartsWith('{')));

    private static JsonElement[] Rounds(JsonElement of) => [.. of.GetProperty("rounds").EnumerateArray()];

    private static IEnumerable<JsonElement> Requests(JsonElement round) => round.GetProperty("requests").EnumerateArray();

    private static double Elapsed(JsonElement of) => of.GetProperty("elapsed_ms").GetDouble();

    private static int Hits(JsonElement round) => round.GetProperty("hits").GetInt32();

    /// <summary>Lets the first few pass, each alone, and holds those that come after them until all of them are there.</summary>
    private sealed class Meeting(int alone, int together)
    {
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _came;

        public int Came => Volatile.Read(ref _came);

        public Task ComeAsync()
        {
            var number = Interlocked.Increment(ref _came);
            if (number == alone + together) _complete.TrySetResult();
            return number > alone ? _complete.Task : Task.CompletedTask;
        }
    }
}
