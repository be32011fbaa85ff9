using System.Text.Json;
using System.Text.Json.Nodes;
using IslGateway.Settings;
using Json.Schema;

namespace IslGateway.Caching.Validation;

/// <summary>What ISL's schema says for certain about the bodies of one endpoint and method. May be used by many at a time.</summary>
internal sealed class BodySchema
{
    private readonly JsonSchema _schema;

    private BodySchema(string text, JsonSchema schema) => (Text, _schema) = (text, schema);

    /// <summary>The relaxed schema.</summary>
    public string Text { get; }

    /// <summary>Whether ISL took a body that does not fit: then it knows more than it publishes, and the schema is of no use.</summary>
    public bool IsContradicted { get; set; }

    /// <summary>Prepares a relaxed schema.</summary>
    /// <exception cref="JsonSchemaException">It is none.</exception>
    public static BodySchema Build(JsonNode relaxed)
    {
        var text = relaxed.ToJsonString();
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = SchemaRelaxer.MaxDepth });
        return new BodySchema(text, JsonSchema.Build(document.RootElement.Clone(), LaxDialect.Options()));
    }

    /// <summary>Checks a plain body that is known to be exact JSON.</summary>
    public CheckResult Check(ReadOnlyMemory<byte> body, ValidationOptions options)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = Keys.CanonicalBody.MaxDepth });
            if (_schema.Evaluate(document.RootElement, new CheckBudget(options.MaxSteps, withFailures: false)).IsValid)
                return CheckResult.Valid;

            // Naming what is wrong takes more than knowing it; where it takes too much, ISL names it.
            var results = _schema.Evaluate(document.RootElement, new CheckBudget(options.MaxSteps, withFailures: true));
            return FailureReader.Read(results, options.MaxFailures);
        }
        catch (Exception e) when (e is OutOfStepsException or JsonException or InsufficientExecutionStackException)
        {
            return CheckResult.Unchecked;
        }
    }
}
