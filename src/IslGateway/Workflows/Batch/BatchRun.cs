using System.Threading.Channels;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Settings;

namespace IslGateway.Workflows.Batch;

/// <summary>
/// Runs the items of one call: begins them in their order, some at a time, and tells which one is done as soon as it is. An item that asks
/// the very same as one before it waits for that one's answer: if it is stored then, it is found there, else it is this item's, too. So
/// nothing is asked twice. While too many bytes of answers are held, no further item is begun.
/// </summary>
internal sealed class BatchRun
{
    private readonly IWorkItems _items;
    private readonly BatchCaller _caller;
    private readonly BatchOptions _options;
    private readonly bool _asLines;
    private readonly TaskCompletionSource<BatchAnswer>[] _done;

    /// <summary>By item: the first one that asks the same.</summary>
    private readonly int[] _leaders;

    /// <summary>By item: how many have it as their leader, itself included.</summary>
    private readonly int[] _holders;

    private readonly Channel<int> _finished;
    private readonly Lock _gate = new();
    private TaskCompletionSource? _roomMade;
    private long _held;
    private int _begun;

    public BatchRun(IWorkItems items, BatchCaller caller, BatchOptions options, bool asLines)
    {
        (_items, _caller, _options, _asLines) = (items, caller, options, asLines);
        _done = new TaskCompletionSource<BatchAnswer>[items.Count];
        (_leaders, _holders) = (new int[items.Count], new int[items.Count]);
        _finished = Channel.CreateBounded<int>(Math.Max(1, items.Count));
        var first = new Dictionary<Digest, int>();
        for (var index = 0; index < items.Count; index++)
        {
            _done[index] = new(TaskCreationOptions.RunContinuationsAsynchronously);

            // Answers that are not cached may differ each time they are asked for.
            var isShared = items.RequestOf(index) is { } request && caller.RowOf(request) is { IsCacheable: true };
            _leaders[index] = isShared && !first.TryAdd(items.QuestionOf(index), index) ? first[items.QuestionOf(index)] : index;
            _holders[_leaders[index]]++;
        }
    }

    /// <summary>The items that are done, in the order in which they are; ends when all are.</summary>
    public ChannelReader<int> Finished => _finished.Reader;

    /// <summary>The answer of an item that is done.</summary>
    public BatchAnswer AnswerOf(int index) => _done[index].Task.Result;

    /// <summary>Gives back an item's answer, which has been written.</summary>
    public void Wrote(int index)
    {
        var answer = AnswerOf(index);
        TaskCompletionSource? waiting = null;
        lock (_gate)
        {
            _held -= answer.Body.Length;
            if (_held < _options.MaxHeldAnswers) (waiting, _roomMade) = (_roomMade, null);
        }

        answer.Release();
        waiting?.SetResult();
    }

    /// <summary>Gives back what nobody has written. To be called when the run has ended, however it has.</summary>
    public void LetGo()
    {
        for (var index = 0; index < _items.Count; index++)
        {
            if (_done[index].Task.IsCompletedSuccessfully) AnswerOf(index).Drop();
        }
    }

    /// <summary>Runs all items.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = Math.Min(Math.Min(_items.Concurrency ?? _options.Concurrency, _options.Concurrency), _items.Count);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => WorkAsync(ended)));
            _finished.Writer.TryComplete();
        }
        catch (Exception e)
        {
            _finished.Writer.TryComplete(e);
            throw;
        }
    }

    private async Task WorkAsync(CancellationTokenSource ended)
    {
        try
        {
            while (true)
            {
                await WaitForRoomAsync(ended.Token);
                var index = Interlocked.Increment(ref _begun) - 1;
                if (index >= _items.Count) return;
                var answer = await AnswerAsync(index, ended.Token);
                lock (_gate) _held += answer.Body.Length;
                _done[index].SetResult(answer);
                await _finished.Writer.WriteAsync(index, ended.Token);
            }
        }
        catch
        {
            // The others are not to go on for nobody.
            await ended.CancelAsync();
            throw;
        }
    }

    private async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task made;
            lock (_gate)
            {
                if (_held < _options.MaxHeldAnswers) return;
                _roomMade ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                made = _roomMade.Task;
            }

            await made.WaitAsync(cancellationToken);
        }
    }

    private async Task<BatchAnswer> AnswerAsync(int index, CancellationToken cancellationToken)
    {
        var request = _items.RequestOf(index);
        if (_leaders[index] is var leader && leader != index)
        {
            var first = await _done[leader].Task.WaitAsync(cancellationToken);
            if (!first.IsStored || _caller.HasDirectives(request!)) return Shared(first);
            first.Release();
        }

        using var item = _items.Open(index);
        return await _caller.SendAsync(index, request, item, leader == index ? _holders[index] : 1, _asLines, cancellationToken);
    }

    /// <summary>The answer to the first item that asked the same, for another one.</summary>
    private static BatchAnswer Shared(BatchAnswer first)
    {
        var wasAsked = first.Outcome.Disposition is CacheDisposition.Miss or CacheDisposition.Stored or CacheDisposition.Refreshed;
        var outcome = wasAsked
            ? new CacheOutcome(CacheDisposition.Collapsed, ForwardStatus: first.Outcome.ForwardStatus)
            : first.Outcome;
        return new BatchAnswer(1, new Share(first))
        {
            Status = first.Status,
            CacheStatus = wasAsked ? outcome.ToString() : first.CacheStatus,
            Samples = first.Samples,
            Outcome = outcome,
            Body = first.Body,
        };
    }

    private sealed class Share(BatchAnswer of) : IDisposable
    {
        public void Dispose() => of.Release();
    }
}
