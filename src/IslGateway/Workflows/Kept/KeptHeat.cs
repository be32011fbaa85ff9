namespace IslGateway.Workflows.Kept;

/// <summary>
/// A count that halves with time. It is held as the logarithm of what it would be with no decay and ever heavier hits: so two counts
/// compare the same at any moment, and an order by them stays right while nobody asks.
/// </summary>
internal struct KeptHeat()
{
    /// <summary>
    /// An answer lives for an hour unless its row says otherwise: what was asked within that is what a new epoch loses. Over a day, it
    /// forgets a question that is not asked any more and keeps one that comes every few minutes.
    /// </summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromHours(1);

    /// <summary>The logarithm, to base 2, of the count at moment 0; less than any other where nothing was counted.</summary>
    public double Log { get; private set; } = double.NegativeInfinity;

    /// <summary>Counts.</summary>
    /// <param name="hits">How many.</param>
    /// <param name="moment">When, in half-lives.</param>
    public void Add(double hits, double moment) => Log = Sum(Log, Math.Log2(hits) + moment);

    /// <summary>The count at a moment.</summary>
    public readonly double At(double moment) => Math.Pow(2, Log - moment);

    private static double Sum(double a, double b)
    {
        var (more, less) = a > b ? (a, b) : (b, a);
        return double.IsNegativeInfinity(less) ? more : more + Math.Log2(1 + Math.Pow(2, less - more));
    }
}
