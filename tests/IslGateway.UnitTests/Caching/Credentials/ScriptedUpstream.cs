using System.Threading.Channels;
using IslGateway.Upstream;

namespace IslGateway.UnitTests.Caching.Credentials;

/// <summary>An ISL that answers when and what a test says; a call whose time is up fails as forwarding would have it.</summary>
internal sealed class ScriptedUpstream : IUpstream
{
    /// <summary>What is said of every call before it would be sent.</summary>
    public UpstreamRefusal? Refuses { get; set; }

    public UpstreamRefusal? Refusal(UpstreamCall call) => Refuses;

    public int Replicas { get; set; } = 1;

    private readonly Channel<(UpstreamCall Call, TaskCompletionSource<UpstreamAnswer> Answer)> _calls =
        Channel.CreateUnbounded<(UpstreamCall, TaskCompletionSource<UpstreamAnswer>)>();
    private int _count;

    /// <summary>What every call is answered with; null: each waits for <see cref="NextAsync"/>.</summary>
    public UpstreamAnswer? Always { get; set; }

    public int Count => Volatile.Read(ref _count);

    public UpstreamCall? Last { get; private set; }

    public async Task<UpstreamAnswer> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _count);
        Last = call;
        if (Always is { } answer) return Judged(call, answer);
        var promise = new TaskCompletionSource<UpstreamAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var end = cancellationToken.Register(() => promise.TrySetResult(new UpstreamAnswer
        {
            Failure = UpstreamFailure.TimedOut,
        }));
        await _calls.Writer.WriteAsync((call, promise), CancellationToken.None);
        return Judged(call, await promise.Task);
    }

    /// <summary>The next call, once it is here, and its answer to be given.</summary>
    public async Task<TaskCompletionSource<UpstreamAnswer>> NextAsync(CancellationToken cancellationToken) =>
        (await _calls.Reader.ReadAsync(cancellationToken)).Answer;

    private static UpstreamAnswer Judged(UpstreamCall call, UpstreamAnswer answer) =>
        answer is { Failure: UpstreamFailure.None, Rest: null } && call.IsSound?.Invoke(answer) == false
            ? answer with { Failure = UpstreamFailure.Invalid }
            : answer;
}
