using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Retry</c>: further attempts of calls to rows whose <c>Retry</c> is true.</summary>
internal sealed class RetryOptions
{
    /// <summary>Attempts after the first.</summary>
    [NumberRange(0, 3)]
    public int MaxAttempts { get; init; } = 1;

    /// <summary>The longest <c>Retry-After</c> that is waited for; where ISL asks for more, there is no further attempt.</summary>
    [DurationRange("0s", "1m")]
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(1);
}
