using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Validation</c>: how bodies of rows with <c>Validation=Schema</c> are checked against ISL's own schema.</summary>
internal sealed class ValidationOptions
{
    /// <summary>The public path at which ISL describes its bodies (OpenAPI 3, as JSON).</summary>
    public string SchemaPath { get; init; } = "/openapi.json";

    /// <summary>How long fetching it may take; it is fetched in the background, and while there is none nothing is checked.</summary>
    [DurationRange("100ms", "5m")]
    public TimeSpan SchemaTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How often it is fetched again although ISL's configuration stayed the same: an ISL that does not know its build changes its code
    /// unseen. With a new configuration it is fetched at once.
    /// </summary>
    [DurationRange("1s", "1d")]
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Bytes of the largest description that is taken; ISL's has 700 kB.</summary>
    [ByteSize("1KiB", "64MiB")]
    [ReadAtStart]
    public long MaxSchemaSize { get; init; } = 8L << 20;

    /// <summary>Bytes of the largest body that is checked, decoded; larger ones go to ISL unchecked.</summary>
    [ByteSize("1B", "64MiB")]
    public long MaxBodySize { get; init; } = 1L << 20;

    /// <summary>
    /// Places of schema and body that are compared at most for one body, some microseconds each; a body that needs more goes to ISL
    /// unchecked.
    /// </summary>
    [NumberRange(1, 10_000_000)]
    public int MaxSteps { get; init; } = 20_000;

    /// <summary>Failing places that an error names; it says how many more there are.</summary>
    [NumberRange(1, 1_000)]
    public int MaxFailures { get; init; } = 20;
}
