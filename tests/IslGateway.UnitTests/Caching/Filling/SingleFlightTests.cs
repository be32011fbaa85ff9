using System.Diagnostics;
using System.IO.Pipelines;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.UnitTests.Caching.Tiers;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http;

namespace IslGateway.UnitTests.Caching.Filling;

public sealed class SingleFlightTests
{
    private static readonly Credential Ann = new(Digest.Of("ann"u8));
    private static readonly Credential Bob = new(Digest.Of("bob"u8));
    private static readonly FillResult Done = new();

    private readonly SingleFlight _flights = new();
    private readonly TaskCompletionSource<FillResult> _isl = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task JoinOrStart_SecondCaller_JoinsTheFirstsFill()
    {
        var first = Start(Ann, out var firstLeads);
        var second = Start(Bob, out var secondLeads);

        Assert.Equal((true, false), (firstLeads, secondLeads));
        Assert.Same(first, second);
        Assert.Equal((Ann, SampleAnswers.Key(1)), (second.Leader, second.Key));
        Assert.Same(first, _flights.Find(SampleAnswers.Key(1)));
        Assert.Null(_flights.Find(SampleAnswers.Key(2)));

        _isl.SetResult(Done);
        Assert.Same(Done, await first.Completion);
        Assert.Equal(0, _flights.Count);
    }

    [Fact]
    public async Task JoinOrStart_AfterTheEnd_StartsAnother()
    {
        _isl.SetResult(Done);
        var first = Start(Ann, out _);
        await first.Completion;

        Assert.NotSame(first, Start(Ann, out var leads));
        Assert.True(leads);
    }

    [Fact(Timeout = 20_000)]
    public async Task JoinOrStart_OrderCannotBeGivenBack_EndsWithItsAnswerAllTheSame()
    {
        var flight = _flights.JoinOrStart(
            SampleAnswers.Key(1), Ann, () => Order() with { Place = new BrokenPlace() }, (_, _) => Task.FromResult(Done), out _)!;

        Assert.Same(Done, await flight.Completion.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, _flights.Count);
    }

    [Fact(Timeout = 20_000)]
    public async Task JoinOrStart_WorkThrows_EndsAsAnError()
    {
        var flight = _flights.JoinOrStart(
            SampleAnswers.Key(1), Ann, Order, (_, _) => Task.FromException<FillResult>(new InvalidOperationException("broken")), out _)!;

        var result = await flight.Completion.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(500, result.Problem?.Status);
        Assert.Equal(0, _flights.Count);
    }

    [Fact]
    public void JoinOrStart_FillWasDropped_StartsAnotherInItsPlace()
    {
        var dropped = Start(Ann, out _);
        dropped.Leave(isLeader: true);
        Assert.False(dropped.TryBegin());

        var next = Start(Bob, out var leads);

        Assert.True(leads);
        Assert.NotSame(dropped, next);
        Assert.Same(next, _flights.Find(SampleAnswers.Key(1)));
        Assert.Equal(1, _flights.Count);
    }

    [Fact]
    public async Task JoinOrStart_DroppedFillEnds_LeavesItsSuccessorAlone()
    {
        var first = Start(Ann, out _);
        first.Leave(isLeader: true);
        var successors = new TaskCompletionSource<FillResult>();
        var next = _flights.JoinOrStart(SampleAnswers.Key(1), Bob, Order, (_, _) => successors.Task, out _)!;

        _isl.SetResult(Done);
        await first.Completion;

        Assert.Same(next, _flights.Find(SampleAnswers.Key(1)));
        successors.SetResult(Done);
        await next.Completion;
        Assert.Null(_flights.Find(SampleAnswers.Key(1)));
    }

    [Fact]
    public async Task JoinOrStart_CallersTrace_DoesNotGoAlong()
    {
        using var activity = new Activity("caller").Start();
        var seen = new TaskCompletionSource<Activity?>();

        _flights.JoinOrStart(SampleAnswers.Key(1), Ann, Order, (_, _) =>
        {
            seen.SetResult(Activity.Current);
            return Task.FromResult(Done);
        }, out _);

        Assert.Null(await seen.Task);
    }

    [Fact]
    public async Task JoinOrStart_ManyAtOnce_RunOncePerRound()
    {
        for (var round = 0; round < 300; round++)
        {
            var runs = 0;
            var leaders = 0;
            var prepared = 0;
            var everyone = new TaskCompletionSource();
            using var together = new Barrier(4);

            void Join()
            {
                together.SignalAndWait(TestContext.Current.CancellationToken);
                var flight = _flights.JoinOrStart(
                    SampleAnswers.Key(round), Ann, () => { Interlocked.Increment(ref prepared); return Order(); },
                    async (_, _) => { Interlocked.Increment(ref runs); await everyone.Task; return Done; }, out var leads);
                if (leads) Interlocked.Increment(ref leaders);
                Assert.NotNull(flight);
            }

            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                Join, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            var running = _flights.Find(SampleAnswers.Key(round))!;
            everyone.SetResult();
            await running.Completion;

            Assert.Equal((1, 1), (runs, leaders));
            Assert.InRange(prepared, 1, 4);
            Assert.Equal(0, _flights.Count);
        }
    }

    [Fact]
    public async Task JoinOrStart_JoiningWhileItIsDropped_WaitsForOneThatRuns()
    {
        for (var round = 0; round < 300; round++)
        {
            var key = SampleAnswers.Key(round);
            var gate = new TaskCompletionSource();
            async Task<FillResult> Run(Flight flight, FillRequest fill)
            {
                await gate.Task;
                return flight.TryBegin() ? Done : FillResult.Failed(IslGateway.Outcomes.Problems.QueueFull(TimeSpan.Zero));
            }

            var first = _flights.JoinOrStart(key, Ann, Order, Run, out _)!;
            first.Leave(isLeader: true);
            using var together = new Barrier(2);
            var opening = Task.Run(
                () =>
                {
                    together.SignalAndWait(TestContext.Current.CancellationToken);
                    gate.SetResult();
                },
                TestContext.Current.CancellationToken);
            var joining = Task.Run(
                () =>
                {
                    together.SignalAndWait(TestContext.Current.CancellationToken);
                    return _flights.JoinOrStart(key, Bob, Order, Run, out _)!;
                },
                TestContext.Current.CancellationToken);

            await opening;
            Assert.Same(Done, await (await joining).Completion);
        }
    }

    [Fact]
    public void Leave_LastOneBeforeTheCall_DropsTheFill()
    {
        var flight = new Flight(SampleAnswers.Key(1), Ann);
        Assert.True(flight.TryJoin());
        flight.Leave(isLeader: true);
        Assert.False(flight.Unwanted.IsCancellationRequested);

        flight.Leave(isLeader: false);

        Assert.True(flight.Unwanted.IsCancellationRequested);
        Assert.False(flight.TryBegin());
        Assert.False(flight.TryJoin());
    }

    [Fact]
    public void Leave_LastOneAfterTheCallBegan_LetsItGoOn()
    {
        var flight = new Flight(SampleAnswers.Key(1), Ann);
        Assert.True(flight.TryBegin());

        flight.Leave(isLeader: true);

        Assert.False(flight.Unwanted.IsCancellationRequested);
        Assert.True(flight.TryJoin());
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, true)]
    [InlineData(false, true, false)]
    [InlineData(false, false, false)]
    public async Task Leave_Leader_EndsTheRestOfAnOversizeAnswer(bool isLeader, bool beforeTheEnd, bool ends)
    {
        var rest = new Pipe();
        var flight = new Flight(SampleAnswers.Key(1), Ann);
        flight.TryJoin();

        if (beforeTheEnd) flight.Leave(isLeader);
        flight.Complete(new FillResult { Rest = rest.Reader });
        if (!beforeTheEnd) flight.Leave(isLeader);

        Assert.Equal(ends, (await rest.Writer.FlushAsync(TestContext.Current.CancellationToken)).IsCompleted);
    }

    [Theory]
    [InlineData(typeof(OutOfMemoryException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task JoinOrStart_CannotBeStarted_GivesBackWhatItHeldAndTheKeyIsFree(Type failure)
    {
        var scheduler = new BrokenScheduler { Failure = (Exception)Activator.CreateInstance(failure)! };
        var (flights, budget) = (new SingleFlight(scheduler), new BufferBudget(10));
        Assert.True(budget.TryReserve(4));
        FillRequest Prepare() =>
            Order() with
            {
                BackgroundSince = 1,
                Budget = budget,
                Call = new UpstreamCall("POST", "/a", new HeaderDictionary(), new byte[4]) { MaxAnswerSize = 1 },
            };

        Assert.Null(flights.JoinOrStart(SampleAnswers.Key(1), Ann, Prepare, (_, _) => Task.FromResult(Done), out _));

        Assert.Equal((0, 0), (flights.Count, budget.InUse));
        scheduler.Failure = null;
        Assert.Same(Done, await flights.JoinOrStart(SampleAnswers.Key(1), Ann, Order, (_, _) => Task.FromResult(Done), out _)!.Completion);
    }

    /// <summary>Nothing is scheduled for it; what nobody waits for is: see above.</summary>
    [Fact]
    public async Task JoinOrStart_CallerWaits_MakesTheFirstStepsItself()
    {
        var flights = new SingleFlight(new BrokenScheduler { Failure = new InvalidOperationException() });
        int? thread = null;

        var flight = flights.JoinOrStart(
            SampleAnswers.Key(1), Ann, Order,
            (_, _) =>
            {
                thread = Environment.CurrentManagedThreadId;
                return Task.FromResult(Done);
            },
            out _)!;

        Assert.Equal(Environment.CurrentManagedThreadId, thread);
        Assert.Same(Done, await flight.Completion);
        await flight.LeadersCompletion;
    }

    [Fact]
    public async Task JoinOrStart_NoMemoryForTheFirstStep_EndsAsAnError()
    {
        var flight = _flights.JoinOrStart(
            SampleAnswers.Key(1), Ann, Order, (_, _) => throw new InsufficientMemoryException(), out var leads)!;

        Assert.True(leads);
        Assert.True(flight.LeadersCompletion.IsCompletedSuccessfully);
        Assert.Equal(Reason.Internal, (await flight.Completion).Problem?.Cause);
        Assert.Equal(0, _flights.Count);
    }

    [Fact]
    public void Complete_LeaderGoesOn_TheOthersHaveTheResultAlready()
    {
        var flight = new Flight(SampleAnswers.Key(1), Ann);
        var had = false;
        var goesOn = flight.LeadersCompletion.ContinueWith(
            _ => had = flight.Completion.IsCompleted, TestContext.Current.CancellationToken,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        flight.Complete(Done);

        Assert.True(goesOn.IsCompleted);
        Assert.True(had);
    }

    [Fact]
    public async Task JoinOrStart_FillWasClosed_StartsAnotherAndTheFirstGoesOn()
    {
        var first = Start(Ann, out _);
        Assert.True(first.TryBegin());
        first.Close();

        var second = _flights.JoinOrStart(SampleAnswers.Key(1), Bob, Order, (_, _) => Task.FromResult(new FillResult()), out var leads)!;

        Assert.True(leads);
        Assert.NotSame(first, second);
        _isl.SetResult(Done);
        Assert.Same(Done, await first.Completion);
        Assert.NotSame(Done, await second.Completion);
        Assert.Equal(0, _flights.Count);
    }

    [Fact]
    public void Leave_AnswerIsWantedAllTheSame_TheFillKeepsItsPlace()
    {
        var flight = new Flight(SampleAnswers.Key(1), Ann);

        flight.Leave(isLeader: true, goesOn: true);

        Assert.False(flight.Unwanted.IsCancellationRequested);
        Assert.True(flight.TryBegin());
    }

    private static FillRequest Order() => Orders.Of(Ann);

    private Flight Start(Credential caller, out bool leads) =>
        _flights.JoinOrStart(SampleAnswers.Key(1), caller, Order, (_, _) => _isl.Task, out leads)!;

    private sealed class BrokenScheduler : TaskScheduler
    {
        public Exception? Failure { get; set; }

        protected override IEnumerable<Task> GetScheduledTasks() => [];

        protected override void QueueTask(Task task)
        {
            if (Failure is not null) throw Failure;
            TryExecuteTask(task);
        }

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;
    }

    private sealed class BrokenPlace : IDisposable
    {
        public void Dispose() => throw new InvalidOperationException("broken");
    }
}
