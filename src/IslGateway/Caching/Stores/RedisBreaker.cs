using Polly;
using Polly.CircuitBreaker;

namespace IslGateway.Caching.Stores;

/// <summary>
/// Leaves Redis alone for a second after two lookups in a row that came to nothing, then lets one through. Counting a share of all lookups
/// would let a busy gateway pay for many before it opens.
/// </summary>
internal sealed class RedisBreaker
{
    private const int FailuresInARow = 2;

    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline<RedisReply> _pipeline;
    private int _streak;

    public RedisBreaker(TimeProvider time) =>
        _pipeline = new ResiliencePipelineBuilder<RedisReply> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<RedisReply>
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

    /// <summary>Whether lookups are refused just now.</summary>
    public bool IsOpen => _state.CircuitState == CircuitState.Open;

    /// <summary>Looks up, or is unavailable at once while open. Throws only what <paramref name="lookup"/> throws.</summary>
    public async ValueTask<RedisReply> RunAsync<TState>(
        Func<TState, CancellationToken, ValueTask<RedisReply>> lookup, TState state, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            var outcome = await _pipeline.ExecuteOutcomeAsync(
                static async (context, call) => await RunAsync(call.lookup, call.state, context), context, (lookup, state));
            if (outcome.Exception is BrokenCircuitException) return new RedisReply(null, RedisTrouble.Unavailable);
            outcome.ThrowIfException();
            return outcome.Result;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static async ValueTask<Outcome<RedisReply>> RunAsync<TState>(
        Func<TState, CancellationToken, ValueTask<RedisReply>> lookup, TState state, ResilienceContext context)
    {
        try
        {
            return Outcome.FromResult(await lookup(state, context.CancellationToken));
        }
        catch (Exception exception)
        {
            return Outcome.FromException<RedisReply>(exception);
        }
    }

    private bool IsLastStraw(Outcome<RedisReply> outcome)
    {
        // A caller that left has learnt nothing about Redis.
        if (outcome.Exception is not null) return false;
        if (outcome.Result.Trouble is RedisTrouble.Timeout or RedisTrouble.Unavailable)
            return Interlocked.Increment(ref _streak) >= FailuresInARow;
        Volatile.Write(ref _streak, 0);
        return false;
    }
}
