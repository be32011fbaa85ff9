namespace IslGateway.Redis;

/// <summary>
/// One that has names of its own and may be silent alone: a master of a cluster, or, where there is no cluster or its map is not known,
/// all that there is. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="breaker">Keeps requests away from it.</param>
/// <param name="isOwedReplies">Whether it has still to reply to anything that was sent.</param>
/// <param name="isLost">Whether it is known to be not connected: what is asked of it may wander between others without an answer.</param>
/// <param name="whole">What it is a part of.</param>
internal sealed class RedisNode(
    TimeProvider time, RedisBreaker breaker, Func<bool> isOwedReplies, Func<bool> isLost, RedisNode? whole = null)
{
    /// <summary>One late answer may be a pause of either process.</summary>
    private const int LateUntilDown = 2;

    private RedisNode[]? _alone;
    private int _late;
    private Task<RedisCheckup>? _look;

    public RedisBreaker Breaker { get; } = breaker;

    /// <summary>What it replies, to anybody.</summary>
    public ReplyWait Replies { get; } = new(time, isOwedReplies);

    public bool IsLost => isLost();

    /// <summary>The list of it alone.</summary>
    public RedisNode[] Alone => _alone ??= [this];

    /// <summary>
    /// Waits for a reply that some nodes make together; never throws. It is as late as the one that is silent, however much the others say.
    /// </summary>
    /// <returns>How long there was silence when the wait was given up, zero if it was not; and whose it was.</returns>
    /// <inheritdoc cref="ReplyWait.ForAsync"/>
    public static async ValueTask<(TimeSpan Silence, RedisNode Silent)> ForAsync(
        RedisNode[] nodes, Task asking, TimeSpan budget, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (nodes is [var only]) return (await only.Replies.ForAsync(asking, budget, limit, cancellationToken), only);
        var waits = Array.ConvertAll(nodes, node => node.Replies.ForAsync(asking, budget, limit, cancellationToken).AsTask());
        await Task.WhenAny(waits);
        var (silence, silent) = (TimeSpan.Zero, nodes[0]);
        for (var i = 0; i < waits.Length; i++)
        {
            if (waits[i].IsCompletedSuccessfully && waits[i].Result > silence) (silence, silent) = (waits[i].Result, nodes[i]);
        }

        return (silence, silent);
    }

    /// <summary>A look of the watch at it, which goes on while others are looked at again.</summary>
    public Task<RedisCheckup> LookOnce(Func<Task<RedisCheckup>> look) => _look is { IsCompleted: false } ? _look : _look = look();

    /// <summary>There was a reply.</summary>
    public void Hear()
    {
        Replies.Hear();
        whole?.Replies.Hear();
    }

    /// <summary>What the watch has found of a master of a cluster. One that it finds silent costs no request anything.</summary>
    public void Hear(RedisCheckup look)
    {
        _late = look.Answered ? 0 : _late + 1;
        if (_late >= LateUntilDown) Breaker.Trip(time.GetTimestamp());
        Breaker.Hear(look.Prompt);
    }
}
