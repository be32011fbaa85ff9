using System.Text;
using System.Text.Json;
using IslGateway.Caching.Validation;
using IslGateway.Settings;

namespace IslGateway.UnitTests.Caching.Validation;

/// <summary>Checks of bodies against schemas as ISL would publish them.</summary>
internal static class Schemas
{
    public static readonly ValidationOptions Options = new();

    /// <summary>A schema that is relaxed as part of an OpenAPI document.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="definitions">Members of <c>#/components/schemas</c>.</param>
    /// <param name="version">That of OpenAPI.</param>
    public static BodySchema Of(string schema, string definitions = "", string version = "3.1.0")
    {
        using var document = JsonDocument.Parse(
            $$"""{"openapi":"{{version}}","root":{{schema}},"components":{"schemas":{ {{definitions}} } } }""",
            new JsonDocumentOptions { MaxDepth = SchemaRelaxer.MaxDepth });
        return BodySchema.Build(SchemaRelaxer.Relax(document.RootElement, document.RootElement.GetProperty("root")));
    }

    /// <summary>What a check finds, one line for each place; null if the body was not checked.</summary>
    public static string? Find(this BodySchema schema, string body, ValidationOptions? options = null)
    {
        var result = schema.Check(Encoding.UTF8.GetBytes(body), options ?? Options);
        return result.IsUnchecked ? null : string.Join('\n', result.Failures!.Select(failure => $"{failure.Pointer}: {failure.Message}"));
    }
}
