using Json.Schema;
using Json.Schema.Keywords;

namespace IslGateway.Caching.Validation;

/// <summary>
/// The keywords of relaxed schemas: the library's own where JSON Schema and ISL's validator agree, others where that takes more than the
/// schema says.
/// </summary>
internal static class LaxDialect
{
    private static readonly Dialect Keywords = new(
    [
        DefsKeyword.Instance, RefKeyword.Instance, AllOfKeyword.Instance, AnyOfKeyword.Instance,
        PropertiesKeyword.Instance, AdditionalPropertiesKeyword.Instance, ItemsKeyword.Instance,

        // Never written, but others ask for what they have evaluated.
        PatternPropertiesKeyword.Instance, PrefixItemsKeyword.Instance,
        new ContainerKeyword(), new ElementsKeyword(), new ValuesKeyword(), new MembersKeyword(),
    ])
    {
        AllowUnknownKeywords = false,
    };

    /// <summary>Options to build one schema with; its registry is its own, or all schemas ever built would stay.</summary>
    public static BuildOptions Options() => new() { Dialect = Keywords, SchemaRegistry = new SchemaRegistry() };
}
