using IslGateway.Endpoints;

namespace IslGateway.Workflows.Compare;

/// <summary>
/// Which places of an endpoint's answers are not compared, or not as parts of the answer.
/// <code>
///   left out        VolatileFields, which differ with each computation; EchoedId, which is the caller's; FingerprintAt and the version
///                   and build beside it, which name the ISL and differ by design
///   configuration   config_details of ISL's metadata: what ISL says of its own settings; reported apart, since another number of samples
///                   explains differences, and Redis that one of the two cannot reach is none
/// </code>
/// </summary>
internal sealed class ComparedPlaces
{
    private static readonly string[] OfTheIsl = ["isl_version", "version", "build", "config_fingerprint"];

    private static readonly JsonPointer[] Named =
        [.. from part in new[] { "_metadata", "metadata" } from name in OfTheIsl select JsonPointer.Parse($"/{part}/{name}")];

    private static readonly JsonPointer[] Details =
        [JsonPointer.Parse("/_metadata/config_details"), JsonPointer.Parse("/metadata/config_details")];

    private ComparedPlaces(IReadOnlyList<MarkedPlace> marked) => Marked = marked;

    /// <summary>The marked places: left out, or configuration.</summary>
    public IReadOnlyList<MarkedPlace> Marked { get; }

    public static ComparedPlaces Of(EndpointRow row) => new(
    [
        .. row.VolatileFields.Concat(row.EchoedId).Concat(row.FingerprintAt).Concat(Named)
            .Select(pointer => new MarkedPlace(pointer, false)),
        .. Details.Select(pointer => new MarkedPlace(pointer, true)),
    ]);
}
