using System.Collections.Frozen;
using System.Text.Json;
using IslGateway.Endpoints;
using IslGateway.Settings;

namespace IslGateway.Caching.Validation;

/// <summary>
/// What ISL's document under one configuration says of bodies: of those that are to be checked, and of fields for samples.
/// </summary>
internal sealed class EpochSchemas
{
    private readonly FrozenDictionary<(string Row, string Method), BodySchema> _bodies;
    private readonly FrozenSet<(string Row, string Method)> _samples;

    private EpochSchemas(
        Dictionary<(string Row, string Method), BodySchema> bodies, HashSet<(string Row, string Method)> samples, string? trouble) =>
        (_bodies, _samples, Trouble) = (bodies.ToFrozenDictionary(), samples.ToFrozenSet(), trouble);

    /// <summary>Why there is no schema at all; null if there is.</summary>
    public string? Trouble { get; }

    /// <summary>Whether the trouble is that ISL has said nothing, so that it may yet; else it has, and publishes nothing of use.</summary>
    public bool IsSilence { get; private init; }

    /// <summary>None, and why.</summary>
    /// <param name="trouble">Why.</param>
    /// <param name="isSilence">Whether ISL gave no answer, or one that says nothing of what it publishes.</param>
    public static EpochSchemas None(string trouble, bool isSilence = false) => new([], [], trouble) { IsSilence = isSilence };

    /// <summary>Reads a document.</summary>
    /// <param name="json">The document.</param>
    /// <param name="rows">The rows whose bodies are to be checked.</param>
    /// <param name="before">What the same configuration said earlier; a schema that stays keeps what was found about it.</param>
    /// <param name="sampled">The rows whose bodies name numbers of samples.</param>
    public static EpochSchemas Read(
        ReadOnlyMemory<byte> json, IEnumerable<EndpointRow> rows, EpochSchemas? before, IEnumerable<EndpointRow> sampled)
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

            return new EpochSchemas(bodies, SamplesIn(document.RootElement, sampled), null);
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

    /// <summary>Whether the bodies of a row that has <c>Samples</c> are declared to have their field.</summary>
    public bool DeclareSamples(EndpointRow row, string method) => _samples.Contains((row.Name, method));

    private static HashSet<(string Row, string Method)> SamplesIn(JsonElement document, IEnumerable<EndpointRow> rows) =>
    [
        .. from row in rows
           from method in row.MethodsWithBody
           where OperationReader.Find(document, row, method) is { } schema
               && FieldSearch.Declares(document, schema, row.Samples!.Field)
           select (row.Name, method),
    ];

    /// <summary>Both ways of a check are taken once, or the first caller would wait for code that has never run.</summary>
    private static void WarmUp(BodySchema schema)
    {
        schema.Check("{}"u8.ToArray(), new ValidationOptions());
        schema.Check("[]"u8.ToArray(), new ValidationOptions());
    }
}
