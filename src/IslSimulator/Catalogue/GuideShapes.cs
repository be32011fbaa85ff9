namespace IslSimulator.Catalogue;

/// <summary>What the bodies of the guide's endpoints look like, as far as ISL's own models say it.</summary>
internal static class GuideShapes
{
    private static readonly Shape Dag = Shape.Object(
        ["nodes", "edges"], ("nodes", Shape.ListOf(Shape.Text)), ("edges", Shape.ListOf(Shape.ListOf(Shape.Text))));

    private static readonly Shape Distribution = Shape.Object(
        [], ("type", Shape.OneOf("normal", "uniform", "beta", "exponential")), ("parameters", Shape.DictionaryOf(Shape.Number)));

    private static readonly Shape Model = Shape.Object(
        [],
        ("variables", Shape.ListOf(Shape.Text)),
        ("equations", Shape.DictionaryOf(Shape.Text)),
        ("distributions", Shape.DictionaryOf(Distribution)));

    private static readonly Shape Things = Shape.DictionaryOf(Shape.Any);
    private static readonly Shape Listed = Shape.ListOf(Shape.Any);

    /// <summary>Fields that are the same in all bodies.</summary>
    public static IReadOnlyDictionary<string, Shape> Everywhere { get; } = new Dictionary<string, Shape>
    {
        ["num_samples"] = Shape.Integer,
        ["n_samples"] = Shape.Integer,
        ["num_queries"] = Shape.Integer,
        ["seed"] = Shape.Integer.OrNull,
        ["user_id"] = Shape.Text,
        ["query_id"] = Shape.Text,
        ["treatment"] = Shape.Text,
        ["outcome"] = Shape.Text,
        ["options"] = Shape.Any,
        ["request_id"] = Shape.ShortText(100).OrNull,
    };

    public static IReadOnlyDictionary<string, Shape> CausalValidate { get; } = new Dictionary<string, Shape> { ["dag"] = Dag };

    public static IReadOnlyDictionary<string, Shape> Counterfactual { get; } = new Dictionary<string, Shape>
    {
        ["model"] = Model,
        ["intervention"] = Shape.DictionaryOf(Shape.Number),
        ["context"] = Shape.DictionaryOf(Shape.Number).OrNull,
        ["preferences"] = Things.OrNull,
        ["user_context"] = Things.OrNull,
    };

    public static IReadOnlyDictionary<string, Shape> Batch { get; } = new Dictionary<string, Shape> { ["requests"] = Listed };

    public static IReadOnlyDictionary<string, Shape> Teach { get; } = new Dictionary<string, Shape>
    {
        ["target_concept"] = Shape.Text,
        ["context"] = Things,
        ["current_beliefs"] = Things,
    };

    public static IReadOnlyDictionary<string, Shape> AdvancedValidation { get; } = new Dictionary<string, Shape>
    {
        ["validation_level"] = Shape.OneOf("basic", "standard", "comprehensive"),
    };

    public static IReadOnlyDictionary<string, Shape> TeamAlignment { get; } = new Dictionary<string, Shape>
    {
        ["perspectives"] = Listed,
        ["options"] = Listed,
    };

    public static IReadOnlyDictionary<string, Shape> Sensitivity { get; } = new Dictionary<string, Shape> { ["assumptions"] = Listed };

    public static IReadOnlyDictionary<string, Shape> Criteria { get; } = new Dictionary<string, Shape>
    {
        ["options"] = Listed,
        ["criteria"] = Shape.ListOf(Shape.Text),
    };

    public static IReadOnlyDictionary<string, Shape> Elicit { get; } = new Dictionary<string, Shape>
    {
        ["context"] = Things,
        ["current_beliefs"] = Things.OrNull,
    };
}
