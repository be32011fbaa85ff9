using System.Text.Json;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>One data file: the rows of one topic.</summary>
internal sealed record ConformanceFile
{
    /// <summary>What the rows are about.</summary>
    public required string About { get; init; }

    /// <summary>What a request of this file says unless it says otherwise.</summary>
    public RequestSpec Request { get; init; } = new();

    /// <summary>Each a <see cref="ConformanceRow"/>, before its cases are filled in.</summary>
    public required IReadOnlyList<JsonElement> Rows { get; init; }
}
