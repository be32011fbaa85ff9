using System.Globalization;
using System.Text.Json;
using IslSimulator.Catalogue;
using IslSimulator.Knobs;

namespace IslSimulator.Answers;

/// <summary>What the builder of an answer may use.</summary>
internal sealed class AnswerContext
{
    public required EndpointSpec Spec { get; init; }

    /// <summary>The parsed body; undefined for calls without one.</summary>
    public required JsonElement Body { get; init; }

    /// <summary>Seeded by everything that the answer depends on.</summary>
    public required Dice Dice { get; init; }

    public required SimulatorKnobs Knobs { get; init; }

    public required SimulatorState State { get; init; }

    public required HttpRequest Request { get; init; }

    /// <summary>The request id to put into the answer's body.</summary>
    public required string RequestId { get; init; }

    /// <summary>Time spent on this answer; varies slightly, like any measured time.</summary>
    public required double ElapsedMs { get; init; }

    public string LastSegment => Request.Path.Value![(Request.Path.Value!.LastIndexOf('/') + 1)..];

    public JsonElement Field(string name) =>
        Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty(name, out var value) ? value : default;

    public string? Text(string name) => Field(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public int Number(string name, int otherwise) => WholeNumber(Field(name)) ?? otherwise;

    /// <summary>A whole number, also one written as text: ISL converts it.</summary>
    public static int? WholeNumber(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt32(out var number) => number,
        JsonValueKind.String when int.TryParse(value.GetString(), CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };
}
