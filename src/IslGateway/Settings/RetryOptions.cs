using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Retry</c>: further attempts of calls to rows whose <c>Retry</c> is true.</summary>
internal sealed class RetryOptions
{
    /// <summary>Further attempts, 0 to 3, of a call that failed.</summary>
    [NumberRange(0, 3)]
    public int MaxAttempts { get; init; } = 1;

    /// <summary>The longest <c>Retry-After</c> of ISL that is waited for before one; where ISL asks for more, there is none.</summary>
    [DurationRange("0s", "1m")]
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(1);
}
