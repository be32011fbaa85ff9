using IslGateway.Outcomes;

namespace IslGateway.Caching.Validation;

/// <summary>What a check found.</summary>
/// <param name="Failures">The places that are wrong; empty: none. Null: the body was not checked.</param>
/// <param name="More">How many there are beside them.</param>
internal readonly record struct CheckResult(IReadOnlyList<ValidationFailure>? Failures, int More = 0)
{
    public static readonly CheckResult Unchecked = new(null);

    public static readonly CheckResult Valid = new([]);

    public bool IsUnchecked => Failures is null;

    public bool IsInvalid => Failures is { Count: > 0 };
}
