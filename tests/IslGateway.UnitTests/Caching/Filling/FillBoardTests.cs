using System.Diagnostics;
using System.IO.Pipelines;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.UnitTests.Caching.Tiers;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http;

namespace IslGateway.UnitTests.Caching.Filling;

public sealed class FillBoardTests
{
    private static readonly Credential Ann = new(Digest.Of("ann"u8));
    private static readonly Credential Bob = new(Digest.Of("bob"u8));
    private static readonly FillResult Done = new();

    private readonly FillBoard _board = new();
    private readonly TaskCompletionSource<FillResult> _isl = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task JoinOrStart_SecondCaller_JoinsTheFirstsFill()
    {
        var first = Start(Ann, out var firstLeads);
        var second = Start(Bob, out var secondLeads);

        Assert.Equal((true, false), (firstLeads, secondLeads));
        Assert.Same(first, second);
        Assert.Equal((Ann, SampleAnswers.Key(1)), (second.Leader, second.Key));
        Assert.Same(first, _board.Find(SampleAnswers.Key(1)));
        Assert.Null(_board.Find(SampleAnswers.Key(2)));

        _isl.SetResult(Done);
        Assert.Same(Done, await first.Completion);
        Assert.Equal(0, _board.Count);
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
        var fill = _board.JoinOrStart(SampleAnswers.Key(1), Ann, () => Order() with { Place = new BrokenPlace() }, (_, _) => Task.FromResult(Done), out _)!;

        Assert.Same(Done, await fill.Completion.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, _board.Count);
    }

    [Fact(Timeout = 20_000)]
    public async Task JoinOrStart_WorkThrows_EndsAsAnError()
    {
        var fill = _board.JoinOrStart(
            SampleAnswers.Key(1), Ann, Order, (_, _) => Task.FromException<FillResult>(new InvalidOperationException("broken")), out _)!;

        var result = await fill.Completion.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(500, result.Problem?.Status);
        Assert.Equal(0, _board.Count);
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
        Assert.Same(next, _board.Find(SampleAnswers.Key(1)));
        Assert.Equal(1, _board.Count);
    }

    [Fact]
    public async Task JoinOrStart_DroppedFillEnds_LeavesItsSuccessorAlone()
    {
        var first = Start(Ann, out _);
        first.Leave(isLeader: true);
        var successors = new TaskCompletionSource<FillResult>();
        var next = _board.JoinOrStart(SampleAnswers.Key(1), Bob, Order, (_, _) => successors.Task, out _)!;

        _isl.SetResult(Done);
        await first.Completion;

        Assert.Same(next, _board.Find(SampleAnswers.Key(1)));
        successors.SetResult(Done);
        await next.Completion;
        Assert.Null(_board.Find(SampleAnswers.Key(1)));
    }

    [Fact]
    public async Task JoinOrStart_CallersTrace_DoesNotGoAlong()
    {
        using var activity = new Activity("caller").Start();
        var seen = new TaskCompletionSource<Activity?>();

        _board.JoinOrStart(SampleAnswers.Key(1), Ann, Order, (_, _) =>
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
                var fill = _board.JoinOrStart(
                    SampleAnswers.Key(round), Ann, () => { Interlocked.Increment(ref prepared); return Order(); },
                    async (_, _) => { Interlocked.Increment(ref runs); await everyone.Task; return Done; }, out var leads);
                if (leads) Interlocked.Increment(ref leaders);
                Assert.NotNull(fill);
            }

            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                Join, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            var running = _board.Find(SampleAnswers.Key(round))!;
            everyone.SetResult();
            await running.Completion;

            Assert.Equal((1, 1), (runs, leaders));
            Assert.InRange(prepared, 1, 4);
            Assert.Equal(0, _board.Count);
        }
    }

    [Fact]
    public async Task JoinOrStart_JoiningWhileItIsDropped_WaitsForOneThatRuns()
    {
        for (var round = 0; round < 300; round++)
        {
            var key = SampleAnswers.Key(round);
            var gate = new TaskCompletionSource();
            async Task<FillResult> Run(Fill fill, FillOrder order)
            {
                await gate.Task;
                return fill.TryBegin() ? Done : FillResult.Failed(IslGateway.Outcomes.Problems.QueueFull(TimeSpan.Zero));
            }

            var first = _board.JoinOrStart(key, Ann, Order, Run, out _)!;
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
                    return _board.JoinOrStart(key, Bob, Order, Run, out _)!;
                },
                TestContext.Current.CancellationToken);

            await opening;
            Assert.Same(Done, await (await joining).Completion);
        }
    }

    [Fact]
    public void Leave_LastOneBeforeTheCall_DropsTheFill()
    {
        var fill = new Fill(SampleAnswers.Key(1), Ann);
        Assert.True(fill.TryJoin());
        fill.Leave(isLeader: true);
        Assert.False(fill.Unwanted.IsCancellationRequested);

        fill.Leave(isLeader: false);

        Assert.True(fill.Unwanted.IsCancellationRequested);
        Assert.False(fill.TryBegin());
        Assert.False(fill.TryJoin());
    }

    [Fact]
    public void Leave_LastOneAfterTheCallBegan_LetsItGoOn()
    {
        var fill = new Fill(SampleAnswers.Key(1), Ann);
        Assert.True(fill.TryBegin());

        fill.Leave(isLeader: true);

        Assert.False(fill.Unwanted.IsCancellationRequested);
        Assert.True(fill.TryJoin());
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, true)]
    [InlineData(false, true, false)]
    [InlineData(false, false, false)]
    public async Task Leave_Leader_EndsTheRestOfAnOversizeAnswer(bool isLeader, bool beforeTheEnd, bool ends)
    {
        var rest = new Pipe();
        var fill = new Fill(SampleAnswers.Key(1), Ann);
        fill.TryJoin();

        if (beforeTheEnd) fill.Leave(isLeader);
        fill.Complete(new FillResult { Rest = rest.Reader });
        if (!beforeTheEnd) fill.Leave(isLeader);

        Assert.Equal(ends, (await rest.Writer.FlushAsync(TestContext.Current.CancellationToken)).IsCompleted);
    }

    [Theory]
    [InlineData(typeof(OutOfMemoryException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task JoinOrStart_CannotBeStarted_GivesBackWhatItHeldAndTheKeyIsFree(Type failure)
    {
        var scheduler = new BrokenScheduler { Failure = (Exception)Activator.CreateInstance(failure)! };
        var (board, budget) = (new FillBoard(scheduler), new BufferBudget(10));
        Assert.True(budget.TryReserve(4));
        FillOrder Prepare() => Order() with { Budget = budget, Call = new UpstreamCall("POST", "/a", new HeaderDictionary(), new byte[4]) { MaxAnswerSize = 1 } };

        Assert.Null(board.JoinOrStart(SampleAnswers.Key(1), Ann, Prepare, (_, _) => Task.FromResult(Done), out _));

        Assert.Equal((0, 0), (board.Count, budget.InUse));
        scheduler.Failure = null;
        Assert.Same(Done, await board.JoinOrStart(SampleAnswers.Key(1), Ann, Order, (_, _) => Task.FromResult(Done), out _)!.Completion);
    }

    [Fact]
    public async Task JoinOrStart_FillWasClosed_StartsAnotherAndTheFirstGoesOn()
    {
        var first = Start(Ann, out _);
        Assert.True(first.TryBegin());
        first.Close();

        var second = _board.JoinOrStart(SampleAnswers.Key(1), Bob, Order, (_, _) => Task.FromResult(new FillResult()), out var leads)!;

        Assert.True(leads);
        Assert.NotSame(first, second);
        _isl.SetResult(Done);
        Assert.Same(Done, await first.Completion);
        Assert.NotSame(Done, await second.Completion);
        Assert.Equal(0, _board.Count);
    }

    [Fact]
    public void Leave_AnswerIsWantedAllTheSame_TheFillKeepsItsPlace()
    {
        var fill = new Fill(SampleAnswers.Key(1), Ann);

        fill.Leave(isLeader: true, goesOn: true);

        Assert.False(fill.Unwanted.IsCancellationRequested);
        Assert.True(fill.TryBegin());
    }

    private static FillOrder Order() => Orders.Of(Ann);

    private Fill Start(Credential caller, out bool leads) => _board.JoinOrStart(SampleAnswers.Key(1), caller, Order, (_, _) => _isl.Task, out leads)!;

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
