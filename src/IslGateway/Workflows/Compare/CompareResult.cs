using System.Globalization;
using System.Text;
using IslGateway.Endpoints;

namespace IslGateway.Workflows.Compare;

/// <summary>What became of one question.</summary>
/// <param name="Row">Its endpoint.</param>
/// <param name="Kind">Whether the answers are equal.</param>
internal sealed record CompareResult(EndpointRow Row, CompareKind Kind)
{
    /// <summary>Why there is no comparison; null where there is one.</summary>
    public CompareCause? Cause { get; init; }

    /// <summary>The candidate's status, where that is the cause.</summary>
    public int? Status { get; init; }

    /// <summary>Where the answers differ; null where they are not compared.</summary>
    public AnswerDifferences? Differences { get; init; }

    /// <summary>How long ISL took for the answer of then; null: not known.</summary>
    public TimeSpan? Then { get; init; }

    /// <summary>How long the answer of now took; null: there is none.</summary>
    public TimeSpan? Now { get; init; }

    /// <summary>The cause as a word: <c>timed-out</c>, <c>status-503</c>. Null where there is none.</summary>
    public string? Word => WordOf(Cause, Status);

    public static CompareResult Compared(EndpointRow row, AnswerDifferences differences, TimeSpan? then, TimeSpan now) =>
        new(row, differences.IsNone ? CompareKind.Equal : CompareKind.Different) { Differences = differences, Then = then, Now = now };

    public static CompareResult Failed(EndpointRow row, CompareCause cause, int? status = null) =>
        new(row, CompareKind.Failed) { Cause = cause, Status = status };

    public static CompareResult NotCompared(EndpointRow row, CompareCause cause) => new(row, CompareKind.NotCompared) { Cause = cause };

    /// <summary>A cause as a word; null where there is none.</summary>
    public static string? WordOf(CompareCause? cause, int? status) =>
        cause is not { } known ? null
        : known == CompareCause.StatusNotOk ? string.Create(CultureInfo.InvariantCulture, $"status-{status}")
        : Hyphenated(known);

    private static string Hyphenated(CompareCause cause)
    {
        var word = new StringBuilder();
        foreach (var letter in cause.ToString())
        {
            if (char.IsUpper(letter) && word.Length > 0) word.Append('-');
            word.Append(char.ToLowerInvariant(letter));
        }

        return word.ToString();
    }
}
