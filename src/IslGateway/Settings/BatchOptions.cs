using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Batch</c>: what one call of <c>/gateway/v1/batch</c> or <c>/gateway/v1/sweep</c> may hold and take.</summary>
internal sealed class BatchOptions
{
    /// <summary>Items of one call: beyond it 413. Its body is bound by <c>Limits:MaxRequestBodySize</c>, and so is each item's.</summary>
    [NumberRange(1, 10_000)]
    public int MaxItems { get; init; } = 256;

    /// <summary>Items of one call under way at once; a call may ask for fewer. <c>Limits</c> holds for them as for any request.</summary>
    [NumberRange(1, 1_000)]
    public int Concurrency { get; init; } = 8;

    /// <summary>
    /// A caller's whole wait for a call; its <c>X-Timeout-Ms</c> lowers it. Items that have no answer by then are answered 504.
    /// </summary>
    [DurationRange("1s", "1d")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Bytes of finished answers that one call holds until those before them are written, or its caller has read enough: at that, no
    /// further item is begun.
    /// </summary>
    [ByteSize("64KiB", "1GiB")]
    public long MaxHeldAnswers { get; init; } = 16L << 20;
}
