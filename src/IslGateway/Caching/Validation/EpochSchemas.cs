using System.Collections.Frozen;
using System.Text.Json;
using IslGateway.Endpoints;
using IslGateway.Settings;

namespace IslGateway.Caching.Validation;

/// <summary>What ISL's document under one configuration says of the bodies that are to be checked.</summary>
internal sealed class EpochSchemas
{
    private readonly FrozenDictionary<(string Row, string Method), BodySchema> _bodies;

    private EpochSchemas(Dictionary<(string Row, string Method), BodySchema> bodies, string? trouble) =>
        (_bodies, Trouble) = (bodies.ToFrozenDictionary(), trouble);

    /// <summary>Why there is no schema at all; null if there is.</summary>
    public string? Trouble { get; }

    /// <summary>None, and why.</summary>
    public static EpochSchemas None(string trouble) => new([], trouble);

    /// <summary>Reads a document.</summary>
    /// <param name="json">The document.</param>
    /// <param name="rows">The rows whose bodies are to be checked.</param>
    /// <param name="before">What the same configuration said earlier; a schema that stays keeps what was found about it.</param>
    public static EpochSchemas Read(ReadOnlyMemory<byte> json, IEnumerable<EndpointRow> rows, EpochSchemas? before)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = SchemaRelaxer.MaxDepth });
            if (!OperationReader.IsOpenApi(document.RootElement)) return None("it is no OpenAPI 3 document");
            var bodies = new Dictionary<(string Row, string Method), BodySchema>();
            foreach (var (row, method) in rows.SelectMany(static row => row.MethodsWithBody.Select(method => (row, method))))
            {
                if (OperationReader.Find(document.RootElement, row, method) is not { } schema) continue;
                var body = BodySchema.Build(SchemaRelaxer.Relax(document.RootElement, schema));
                WarmUp(body);
                bodies[(row.Name, method)] = before?.Find(row, method) is { } known && known.Text == body.Text ? known : body;
            }

            return new EpochSchemas(bodies, null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The document is another's, and the library throws as many types as there are ways to be wrong.
            return None($"it cannot be read ({e.GetType().Name})");
        }
    }

    /// <summary>The schema of a row's bodies; null if the document does not describe them.</summary>
    public BodySchema? Find(EndpointRow row, string method) => _bodies.GetValueOrDefault((row.Name, method));

    /// <summary>Whether all bodies of a row are described.</summary>
    public bool Describes(EndpointRow row) => row.MethodsWithBody.All(method => Find(row, method) is not null);

    /// <summary>Whether ISL took a body of the row that does not fit.</summary>
    public bool IsContradicted(EndpointRow row) => row.MethodsWithBody.Any(method => Find(row, method) is { IsContradicted: true });

    /// <summary>Both ways of a check are taken once, or the first caller would wait for code that has never run.</summary>
    private static void WarmUp(BodySchema schema)
    {
        schema.Check("{}"u8.ToArray(), new ValidationOptions());
        schema.Check("[]"u8.ToArray(), new ValidationOptions());
    }
}
