using System.Collections.Concurrent;
using System.Diagnostics;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>
/// Every order of an elicit at one gateway and an update at the other, with Redis in trouble from any step to any later one. Each order and
/// each pair of moments is a user of its own: before the trouble it takes its first steps, during it the next, and the rest when Redis is
/// well again. Whatever the schedule, an elicit that begins after the update was acknowledged knows of it.
/// </summary>
public sealed class SessionInterleavingTests(TwoGateways world) : IClassFixture<TwoGateways>
{
    private const int Asking = 0;
    private const int Updating = 1;

    /// <summary>A question that was stored before anything happened, and one that is computed meanwhile.</summary>
    private const int Known = 1;
    private const int Fresh = 2;

    /// <summary>
    /// Each order of these steps: a and b of an elicit (asked at ISL, answered), 1 to 3 of an update (at ISL, applied, acknowledged).
    /// </summary>
    private static readonly string[] Orders =
    [
        "ab123", "a1b23", "a12b3", "a123b", "1ab23", "1a2b3", "1a23b", "12ab3", "12a3b", "123ab",
    ];

    /// <summary>How long after the trouble every user is still asked for.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(650);

    private readonly ConcurrentBag<string> _wrong = [];

    [Theory]
    [InlineData(RedisFault.None)]
    [InlineData(RedisFault.CutOffAsking)]
    [InlineData(RedisFault.CutOffUpdating)]
    [InlineData(RedisFault.CutOffBoth)]
    [InlineData(RedisFault.HeldAsking)]
    [InlineData(RedisFault.HeldUpdating)]
    [InlineData(RedisFault.HeldBoth)]
    [InlineData(RedisFault.Frozen)]
    [InlineData(RedisFault.RestartedEmpty)]
    [InlineData(RedisFault.RestartedWithItsData)]
    [InlineData(RedisFault.RestartedWithOlderData)]
    [InlineData(RedisFault.RestartedEmptyWithoutUpdating)]
    [InlineData(RedisFault.RefusingWrites)]
    public async Task Elicit_AfterAnAcknowledgedUpdate_KnowsOfIt(RedisFault fault)
    {
        RedisProcess.RequireOrSkip();
        await world.BothCacheAsync();

        // Those go first whose acknowledgement is next when the trouble begins: signs of life last for less than half a second.
        var schedules = (
            from order in Orders
            from begin in Enumerable.Range(0, order.Length + 1)
            from end in Enumerable.Range(begin + 1, order.Length + 1 - begin)
            orderby Math.Abs(order.IndexOf('3', StringComparison.Ordinal) - begin)
            select new Schedule(world.NewUser(), order, begin, end)).ToList();
        await FewAsync(schedules, StoreAsync);
        if (fault == RedisFault.RestartedWithOlderData) await world.SnapshotAsync();

        await EachAsync(schedules, schedule => StepsAsync(schedule, 0, schedule.Begin));
        try
        {
            await BeginAsync(fault);
            await EachAsync(schedules, schedule => StepsAsync(schedule, schedule.Begin, schedule.End));
            await FewAsync(schedules, ProbeAsync);
        }
        finally
        {
            await EndAsync(fault);
        }

        await EachAsync(schedules, schedule => StepsAsync(schedule, schedule.End, schedule.Order.Length));
        using (var pace = new PeriodicTimer(Pace))
        {
            var since = Stopwatch.StartNew();
            do await FewAsync(schedules, ProbeAsync);
            while (since.Elapsed < Aftermath && await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken));
        }

        Assert.True(
            _wrong.IsEmpty, $"{_wrong.Count} wrong:\n{string.Join('\n', _wrong.Distinct().Order(StringComparer.Ordinal).Take(40))}");
        await world.BothCacheAsync();
    }

    /// <summary>
    /// All schedules at once; what does not depend on the moment goes through a narrower door, so as to test no overload.
    /// </summary>
    private static Task EachAsync(IEnumerable<Schedule> schedules, Func<Schedule, Task> act) => Task.WhenAll(schedules.Select(act));

    private static Task FewAsync(IEnumerable<Schedule> schedules, Func<Schedule, Task> act) => Parallel.ForEachAsync(
        schedules, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken },
        async (schedule, _) => await act(schedule));

    /// <summary>Both gateways have the answer to the known question, without the update.</summary>
    private async Task StoreAsync(Schedule schedule)
    {
        await world.ElicitAsync(Asking, schedule.User, Known);
        foreach (var gateway in (int[])[Asking, Updating])
        {
            await Eventually.TrueAsync(
                async () => (await world.ElicitAsync(gateway, schedule.User, Known)).Status.Contains("; hit;", StringComparison.Ordinal),
                TimeSpan.FromSeconds(60), $"gateway {gateway} has stored the answer");
        }
    }

    private async Task StepsAsync(Schedule schedule, int from, int to)
    {
        for (var i = from; i < Math.Min(to, schedule.Order.Length); i++) await StepAsync(schedule, schedule.Order[i]);
        if (to >= schedule.Order.Length) await ProbeAsync(schedule);
    }

    private async Task StepAsync(Schedule schedule, char step)
    {
        var (isl, user) = (world.Isl, schedule.User);
        switch (step)
        {
            case 'a':
                isl.Close($"elicit:{user}:{Fresh}");
                schedule.IsHeld = true;
                schedule.Eliciting = world.ElicitAsync(Asking, user, Fresh);
                await isl.PassedAsync($"asked:{user}:{Fresh}");
                break;
            case 'b':
                isl.Open($"elicit:{user}:{Fresh}");
                schedule.IsHeld = false;
                await schedule.Eliciting!;
                break;
            case '1':
                isl.Close($"apply:{user}");
                isl.Close($"answer:{user}");
                schedule.Update = world.UpdateAsync(Updating, user);
                await isl.PassedAsync($"updating:{user}");
                break;
            case '2':
                isl.Open($"apply:{user}");
                await isl.PassedAsync($"applied:{user}");
                break;
            default:
                isl.Open($"answer:{user}");
                await schedule.Update!;
                await ProbeAsync(schedule);
                break;
        }
    }

    private async Task ProbeAsync(Schedule schedule)
    {
        if (schedule.Update is not { IsCompleted: true }) return;
        foreach (var number in (int[])[Known, Fresh])
        {
            // Asked anew, it would wait where the schedule holds it.
            if (number == Fresh && schedule.IsHeld) continue;
            foreach (var gateway in (int[])[Asking, Updating])
            {
                var (beliefs, status) = await world.ElicitAsync(gateway, schedule.User, number);
                if (beliefs == 0)
                    _wrong.Add($"{schedule}: question {number} at gateway {(gateway == Asking ? 'A' : 'B')}: {status.Split(';')[1]}");
            }
        }
    }

    private async Task BeginAsync(RedisFault fault)
    {
        switch (fault)
        {
            case RedisFault.CutOffAsking:
                world.Links[Asking].Cut();
                break;
            case RedisFault.CutOffUpdating:
                world.Links[Updating].Cut();
                break;
            case RedisFault.CutOffBoth:
                foreach (var link in world.Links) link.Cut();
                break;
            case RedisFault.HeldAsking:
                world.Links[Asking].Hold();
                break;
            case RedisFault.HeldUpdating:
                world.Links[Updating].Hold();
                break;
            case RedisFault.HeldBoth:
                foreach (var link in world.Links) link.Hold();
                break;
            case RedisFault.Frozen:
                world.Redis.Freeze();
                break;
            case RedisFault.RestartedEmpty:
                await RawRedis.SendAsync(world.Redis.Port, "FLUSHALL");
                await world.Redis.KillAsync();
                break;
            case RedisFault.RestartedWithItsData:
                await world.Redis.KillAsync();
                break;
            case RedisFault.RestartedWithOlderData:
                foreach (var link in world.Links) link.Cut();
                await world.BringBackAsync();
                break;
            case RedisFault.RestartedEmptyWithoutUpdating:
                foreach (var link in world.Links) link.Cut();
                await RawRedis.SendAsync(world.Redis.Port, "FLUSHALL");
                world.Links[Asking].Restore();

                // What it would store from here on, it would store without knowing of the other.
                await Eventually.TrueAsync(
                    async () => await RawRedis.SendAsync(world.Redis.Port, "ZCARD", $"islgw:v1:gateways:{{{world.ScopeMark}}}") == ":2",
                    TimeSpan.FromSeconds(60), "the asking gateway is there again, and remembers the other");
                break;
            case RedisFault.RefusingWrites:
                await world.Redis.ConfigSetAsync("maxmemory", "1");
                break;
        }
    }

    private async Task EndAsync(RedisFault fault)
    {
        switch (fault)
        {
            case RedisFault.Frozen:
                world.Redis.Thaw();
                break;
            case RedisFault.RestartedEmpty or RedisFault.RestartedWithItsData:
                await world.Redis.RestartAsync();
                break;
            case RedisFault.RefusingWrites:
                await world.Redis.ConfigSetAsync("maxmemory", "0");
                break;
        }

        foreach (var link in world.Links) link.Restore();
    }

    /// <summary>
    /// The trouble lasts from before step <see cref="Begin"/> until before step <see cref="End"/>; the steps after the last are questions.
    /// </summary>
    private sealed class Schedule(string user, string order, int begin, int end)
    {
        public string User => user;

        public string Order => order;

        public int Begin => begin;

        public int End => end;

        public bool IsHeld { get; set; }

        public Task<(int Beliefs, string Status)>? Eliciting { get; set; }

        public Task? Update { get; set; }

        public override string ToString()
        {
            var text = order + "?";
            var (from, to) = (Math.Min(begin, text.Length), Math.Min(end, text.Length));
            return $"{text[..from]}[{text[from..to]}]{text[to..]}";
        }
    }
}
