using IslGateway.Caching.Epochs;

namespace IslGateway.Workflows.Compare;

/// <summary>What a comparison found. It holds no value of any answer, only where they differ and by how much.</summary>
/// <param name="Kind"><c>candidate</c>: with an ISL that serves nobody yet; <c>rollover</c>: with what ISL has become.</param>
/// <param name="BegunAt">When it began.</param>
internal sealed record CompareReport(string Kind, DateTimeOffset BegunAt)
{
    public const string OfCandidate = "candidate";
    public const string OfRollover = "rollover";

    /// <summary>The candidate's address; null for a rollover.</summary>
    public string? Against { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>The largest change of a number that counts as none.</summary>
    public double Tolerance { get; init; }

    /// <summary>What ISL was then, replica by replica where they differ.</summary>
    public IReadOnlyList<Epoch> Then { get; init; } = [];

    /// <summary>What the candidate says that it is, or ISL has become; null: it says nothing.</summary>
    public Epoch? Now { get; init; }

    /// <summary>Whether the candidate is a simulator, whose numbers are not ISL's.</summary>
    public bool IsSimulated { get; init; }

    /// <summary>How many questions were to be compared.</summary>
    public int Questions { get; init; }

    /// <summary>Each endpoint of which there was a question, by its path.</summary>
    public IReadOnlyList<EndpointReport> Endpoints { get; init; } = [];

    /// <summary>Where the two differ in what they say of ISL's settings.</summary>
    public IReadOnlyList<string> Configuration { get; init; } = [];

    /// <summary>Why it ended before its last question; null: it did not.</summary>
    public string? Stopped { get; init; }

    public long Equal => Endpoints.Sum(endpoint => endpoint.Equal);

    public long Different => Endpoints.Sum(endpoint => endpoint.Different);

    public long BeyondTolerance => Endpoints.Sum(endpoint => endpoint.BeyondTolerance);

    public long Failed => Endpoints.Sum(endpoint => endpoint.Failed.Values.Sum());

    public long NotCompared => Endpoints.Sum(endpoint => endpoint.NotCompared.Values.Sum());

    /// <summary>
    /// Whether the candidate may take over by what was seen: something was compared, to the end, and nothing failed or differs by more than
    /// is tolerated.
    /// </summary>
    public bool Passed => Stopped is null && Failed == 0 && BeyondTolerance == 0 && Equal + Different > 0;
}
