using System.Reflection;
using System.Text.RegularExpressions;
using IslGateway.Outcomes;

namespace IslGateway.UnitTests.Outcomes;

public sealed partial class ProblemsTests
{
    private static readonly Problem[] All = [.. typeof(Problems)
        .GetMethods(BindingFlags.Public | BindingFlags.Static)
        .Select(
            problem => (Problem)problem.Invoke(null, [.. problem.GetParameters().Select(parameter => Sample(parameter.ParameterType))])!)];

    [Fact]
    public void All_Members_AreThere()
    {
        Assert.InRange(All.Length, 12, 100);
        Assert.All(All, problem =>
        {
            Assert.NotEqual(Reason.None, problem.Cause);
            Assert.InRange(problem.Status, 400, 599);
            Assert.Matches(Code(), problem.Code);
            Assert.All([problem.Title, problem.Detail, problem.Recovery], text => Assert.False(string.IsNullOrWhiteSpace(text)));
        });
    }

    [Fact]
    public void All_RetryAfter_IsOnlyOnWhatCanBeRetried() =>
        Assert.All(All.Where(problem => problem.RetryAfterSeconds is not null), problem => Assert.True(problem.Retryable, problem.Title));

    [Fact]
    public void All_Overload_SaysWhenToComeBack() =>
        Assert.All(All.Where(problem => problem.Status is 503), problem => Assert.InRange(problem.RetryAfterSeconds ?? 0, 1, 60));

    /// <summary>
    /// A body that came too slowly, and a call that meets another, are nobody's mistake: the next one may do better.
    /// </summary>
    [Fact]
    public void All_CallersOwnMistake_IsNotRetryable() =>
        Assert.All(All.Where(problem => problem.Status < 500), problem => Assert.Equal(problem.Status is 408 or 409, problem.Retryable));

    [Theory]
    [InlineData(408, "slow-body", "Limits:MinTransferRate")]
    [InlineData(400, "malformed-request", "Bad chunk.")]
    public void UnreadableBody_ByItsStatus_NamesWhatWasWrong(int status, string reason, string detail)
    {
        var problem = Problems.UnreadableBody(status, "Bad chunk.");

        Assert.Equal((status, reason), (problem.Status, problem.Cause.Word()));
        Assert.Contains(detail, problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void All_Title_IsTheSameForACause()
    {
        var titles = All.GroupBy(problem => (problem.Cause, problem.Status))
            .Where(group => group.Select(problem => problem.Title).Distinct().Count() > 1);
        Assert.Empty(titles.Select(group => group.Key));
    }

    [Theory]
    [InlineData("gzip", "'gzip'")]
    [InlineData("x'\"\\\r\n\u00e9y", "'x??????y'")]
    [InlineData("a b", "'a?b'")]
    public void UnsupportedEncoding_CallersWord_IsMadeSafe(string label, string expected)
    {
        Assert.Contains(expected, Problems.UnsupportedEncoding(label).Detail, StringComparison.Ordinal);
        Assert.Contains(expected, Problems.DamagedBody(label).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void UnsupportedEncoding_LongWord_IsCut() =>
        Assert.Contains($"'{new string('a', 40)}'", Problems.UnsupportedEncoding(new string('a', 4_000)).Detail, StringComparison.Ordinal);

    private static object Sample(Type type) =>
        type == typeof(string) ? "sample"
        : type == typeof(long) ? 1_024L
        : type == typeof(int) ? 400
        : type == typeof(IReadOnlyList<ValidationFailure>) ? new ValidationFailure[] { new("/a", "Field required") }
        : type == typeof(TimeSpan) ? TimeSpan.FromSeconds(1.5)
        : throw new NotSupportedException($"No sample of {type}.");

    [GeneratedRegex("^ISL_[A-Z]+(_[A-Z]+)*$")]
    private static partial Regex Code();
}
