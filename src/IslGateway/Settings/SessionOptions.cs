using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>A row's <c>Session</c> part: whose beliefs the answer depends on, and what changes them.</summary>
internal sealed class SessionOptions
{
    /// <summary>JSON pointer to the user in the request body, for <c>Session</c> rows.</summary>
    [ReadAtStart]
    public string? User { get; init; }

    /// <summary>Names of the rows whose calls change that user's beliefs; their <c>Cache</c> is <c>None</c>.</summary>
    [ReadAtStart]
    public string[]? InvalidatedBy { get; init; }
}
