using IslSimulator.Answers;

namespace IslSimulator.Catalogue;

/// <summary>One path of ISL.</summary>
/// <param name="Path">The path; a last segment <c>{id}</c> stands for any one segment.</param>
/// <param name="LatencyMs">Typical time of one answer, in milliseconds.</param>
/// <param name="Metadata">How its answers describe themselves.</param>
internal sealed record EndpointSpec(string Path, double LatencyMs, MetadataKind Metadata)
{
    public string Method { get; init; } = HttpMethods.Post;

    public Variation Varies { get; init; }

    /// <summary>Prefix of a request id that ISL invents for the body.</summary>
    public string IdPrefix { get; init; } = "req_";

    /// <summary>Whether the body's own <c>request_id</c> wins over the header.</summary>
    public bool BodyNamesRequest { get; init; }

    /// <summary>Top-level fields without which the answer is 422.</summary>
    public string[] Required { get; init; } = [];

    /// <summary>Other top-level fields, for the OpenAPI document.</summary>
    public string[] Optional { get; init; } = [];

    /// <summary>The shapes of these fields where ISL's models say more than that they are there.</summary>
    public IReadOnlyDictionary<string, Shape> Fields { get; init; } = new Dictionary<string, Shape>();

    /// <summary>What ISL takes for a body.</summary>
    public Shape Body => field ??= Shape.Object(
        Required,
        [.. Required.Concat(Optional).Concat(BodyNamesRequest ? ["request_id"] : []).Select(name => (name, ShapeOf(name)))]);

    /// <summary>Answers 500 to every body, as ISL does for methods that it lacks.</summary>
    public bool AlwaysFails { get; init; }

    public Func<AnswerContext, Answer> Build { get; init; } = GenericAnswer.Build;

    public string Name =>
        string.Join('_', Path.Split('/', StringSplitOptions.RemoveEmptyEntries)).Replace("{id}", "id", StringComparison.Ordinal);

    private Shape ShapeOf(string field) =>
        Fields.GetValueOrDefault(field) ?? GuideShapes.Everywhere.GetValueOrDefault(field) ?? Shape.Any;
}
