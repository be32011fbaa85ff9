using Polly;
using Polly.CircuitBreaker;

namespace IslGateway.Caching.Stores;

/// <summary>
/// Leaves Redis alone for a second after two commands in a row that came to nothing, then lets one through. Counting a share of all commands
/// would let a busy gateway pay for many before it opens.
/// </summary>
internal sealed class RedisBreaker
{
    private const int FailuresInARow = 2;

    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline _pipeline;
    private int _streak;

    public RedisBreaker(TimeProvider time) =>
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                // The streak decides; what is handled opens.
                FailureRatio = 0,
                MinimumThroughput = FailuresInARow,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = TimeSpan.FromSeconds(1),
                ShouldHandle = arguments => ValueTask.FromResult(IsLastStraw(arguments.Outcome)),
                StateProvider = _state,
            })
            .Build();

    /// <summary>Whether commands are refused just now.</summary>
    public bool IsOpen => _state.CircuitState == CircuitState.Open;

    /// <summary>Runs a command, or is unavailable at once while open. Throws only what <paramref name="command"/> throws.</summary>
    public async ValueTask<RedisReply<T>> RunAsync<T, TState>(
        Func<TState, CancellationToken, ValueTask<RedisReply<T>>> command, TState state, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            var outcome = await _pipeline.ExecuteOutcomeAsync(
                static async (context, call) => await RunAsync(call.command, call.state, context), context, (command, state));
            if (outcome.Exception is BrokenCircuitException) return new RedisReply<T>(default, RedisTrouble.Unavailable);
            outcome.ThrowIfException();
            return outcome.Result;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static async ValueTask<Outcome<RedisReply<T>>> RunAsync<T, TState>(
        Func<TState, CancellationToken, ValueTask<RedisReply<T>>> command, TState state, ResilienceContext context)
    {
        try
        {
            return Outcome.FromResult(await command(state, context.CancellationToken));
        }
        catch (Exception exception)
        {
            return Outcome.FromException<RedisReply<T>>(exception);
        }
    }

    private bool IsLastStraw(Outcome<object> outcome)
    {
        // A caller that left has learnt nothing about Redis.
        if (outcome.Exception is not null) return false;
        if (outcome.Result is IRedisReply { Trouble: RedisTrouble.Timeout or RedisTrouble.Unavailable })
            return Interlocked.Increment(ref _streak) >= FailuresInARow;
        Volatile.Write(ref _streak, 0);
        return false;
    }
}
