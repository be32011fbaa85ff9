namespace IslGateway.Workflows.Compare;

/// <summary>What is to be compared, and how.</summary>
/// <param name="Against">The candidate's address, http or https, without user, query or fragment.</param>
internal sealed record CompareOrder(Uri Against)
{
    /// <summary>The most questions of one comparison.</summary>
    public const int MaxCount = 10_000;

    /// <summary>How many of the kept questions are asked, the hottest and dearest first; 1 to <see cref="MaxCount"/>.</summary>
    public int Count { get; init; } = 100;

    /// <summary>The one endpoint whose questions are asked, by its row's name; null: every one.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The largest change of a number that counts as none: 0 and more.</summary>
    public double Tolerance { get; init; }

    /// <summary>Whether only stored answers are compared, and ISL is asked for none that is not.</summary>
    public bool StoredOnly { get; init; }

    /// <summary>Whether the candidate is sent <c>Warming:Credentials</c>; else it is asked without any.</summary>
    public bool SendCredentials { get; init; }

    /// <summary>The candidate's address, for people: scheme, host and port.</summary>
    public string Name => Against.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
}
