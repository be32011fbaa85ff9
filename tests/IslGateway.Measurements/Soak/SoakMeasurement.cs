using System.Globalization;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.Measurements.Soak;

/// <summary>
/// The gateway at half of what it can do, for a minute, or for as long as <c>ISLGATEWAY_SOAK</c> says in seconds, while one thing after
/// another befalls Redis and ISL: it answers rightly, and holds no more at the end than at the beginning. What is asked and what befalls is
/// chosen by a seed, which the run says before anything else; <c>ISLGATEWAY_SOAK_SEED</c> makes the same choices again, at the pace of the
/// machine.
/// </summary>
public sealed class SoakMeasurement
{
    private const string Seconds = "ISLGATEWAY_SOAK";
    private const string Seed = "ISLGATEWAY_SOAK_SEED";
    private const double LeastSuccess = 0.995;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task HalfLoad_RandomFaults_AnswersAndDoesNotGrow()
    {
        RedisProcess.RequireOrSkip();
        Assert.SkipUnless(ProcessFootprint.IsAvailable, "needs /proc");
        var duration = TimeSpan.FromSeconds(Given(Seconds) ?? 60);
        var seed = Given(Seed) ?? Environment.TickCount;
        Figures.Report("soak", $"{Seed}={seed} makes the same choices again");
        var choices = new Random(seed);
        var (befalling, warmingUp, asking) = (new Random(choices.Next()), new Random(choices.Next()), new Random(choices.Next()));
        await using var stage = await SoakStage.StartAsync();

        var warmUp = new SoakLoad(stage.Client, warmingUp);
        await ForAsync(WarmUp, stop => warmUp.RunAsync(perSecond: null, stop));
        var half = (warmUp.Good + warmUp.Failed) / WarmUp.TotalSeconds / 2;

        var load = new SoakLoad(stage.Client, asking);
        var (looks, befell) = (new List<ProcessFootprint>(), new List<string>());
        await ForAsync(duration, stop => Task.WhenAll(
            load.RunAsync(half, stop), LookAsync(stage, looks, stop), BefallAsync(stage, befalling, befell, stop)));

        var third = looks.Count / 3;
        var (early, late) = (ProcessFootprint.Median(looks[..third]), ProcessFootprint.Median(looks[^third..]));
        var success = (double)load.Good / (load.Good + load.Failed + load.Wrong);
        var report = string.Create(CultureInfo.InvariantCulture, $"""
            {duration.TotalSeconds:0} s at {half:0} requests a second, seed {seed}: {load.Good} answered rightly, {load.Failed} not, {load.Wrong} wrongly: {100 * success:0.000} %
            early: {early}; late: {late}
            {string.Join(", ", befell)}
            {string.Join('\n', load.Failures.OrderByDescending(failure => failure.Value).Select(failure => $"{failure.Value} × {failure.Key}"))}
            """);
        Figures.Report("soak", report);

        Assert.True(load.Wrong == 0, report);
        Assert.True(success > LeastSuccess, report);
        Assert.True(late.Memory < (early.Memory * 1.25) + (32 << 20), report);
        Assert.True(late.Handles <= early.Handles + 32, report);
        Assert.True(late.Threads <= early.Threads + 8, report);
    }

    private static int? Given(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private static async Task ForAsync(TimeSpan time, Func<CancellationToken, Task> runAsync)
    {
        using var stop = new CancellationTokenSource(time, TimeProvider.System);
        await runAsync(stop.Token);
    }

    private static async Task LookAsync(SoakStage stage, List<ProcessFootprint> looks, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            looks.Add(ProcessFootprint.Of(stage.Gateway.Id));
            await Task.Delay(Look, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One thing after another, each once before any comes again, and at the end nothing.</summary>
    private static async Task BefallAsync(SoakStage stage, Random random, List<string> befell, CancellationToken stop)
    {
        var left = new Queue<(string Name, Func<TimeSpan, Task> PlayAsync)>();
        while (true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(500, 2_500)), TimeProvider.System, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) return;
            if (left.Count == 0) left = new(stage.Faults.OrderBy(_ => random.Next()));
            var (name, playAsync) = left.Dequeue();
            var lasting = random.Next(500, 2_500);
            befell.Add($"{name} for {lasting} ms");
            await playAsync(TimeSpan.FromMilliseconds(lasting));
        }
    }
}
