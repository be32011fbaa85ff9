using System.Text.Json.Nodes;
using IslSimulator.Knobs;

namespace IslSimulator.Catalogue;

/// <summary>An OpenAPI 3.1 document of the table, with its request models as references, as FastAPI writes them.</summary>
internal static class OpenApiDocument
{
    public static JsonObject Write(SimulatorKnobs knobs)
    {
        var paths = new JsonObject();
        var schemas = new JsonObject();
        foreach (var spec in EndpointCatalogue.All)
        {
            if (paths[spec.Path] is not JsonObject path) paths[spec.Path] = path = [];
            path[spec.Method.ToLowerInvariant()] = Operation(spec, knobs, schemas);
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Inference Service Layer (simulated)", ["version"] = "0.1.0" },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    private static JsonObject Operation(EndpointSpec spec, SimulatorKnobs knobs, JsonObject schemas)
    {
        var id = $"{spec.Name}_{spec.Method.ToLowerInvariant()}";
        var operation = new JsonObject
        {
            ["operationId"] = id,
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject
                {
                    ["description"] = "Successful Response",
                    ["content"] = new JsonObject
                    {
                        ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "object" } },
                    },
                },
            },
        };
        if (spec.Path.EndsWith("{id}", StringComparison.Ordinal))
        {
            operation["parameters"] = new JsonArray(new JsonObject
            {
                ["name"] = "id",
                ["in"] = "path",
                ["required"] = true,
                ["schema"] = new JsonObject { ["type"] = "string" },
            });
        }

        if (spec.Method == HttpMethods.Get) return operation;
        schemas[id + "_request"] = Model(spec, knobs);
        var reference = new JsonObject { ["$ref"] = $"#/components/schemas/{id}_request" };
        operation["requestBody"] = new JsonObject
        {
            ["required"] = true,
            ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = reference } },
        };
        return operation;
    }

    private static JsonObject Model(EndpointSpec spec, SimulatorKnobs knobs)
    {
        var schema = spec.Body.ToSchema();
        if (!knobs.DeclareSamples) (schema["properties"] as JsonObject)?.Remove(Answers.Counterfactual.SamplesField);
        return schema;
    }
}
