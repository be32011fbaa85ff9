namespace IslGateway.Upstream.Resilience;

/// <summary>The state of one circuit.</summary>
/// <param name="Replica">The replica's id.</param>
/// <param name="Family">The family of endpoints.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="FailingKeys">How many different questions failed within the window.</param>
/// <param name="Opens">How often it opened.</param>
internal sealed record CircuitReport(string Replica, string Family, string State, int FailingKeys, long Opens)
{
    public const string Closed = "closed";
    public const string Open = "open";
    public const string HalfOpen = "half-open";

    public static IReadOnlyList<string> States { get; } = [Closed, Open, HalfOpen];
}
