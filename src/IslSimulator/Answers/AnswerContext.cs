using System.Text.Json;
using IslSimulator.Catalogue;
using IslSimulator.Knobs;

namespace IslSimulator.Answers;

/// <summary>What a builder may look at.</summary>
internal sealed class AnswerContext
{
    public required EndpointSpec Spec { get; init; }

    /// <summary>The parsed body; undefined for calls without one.</summary>
    public required JsonElement Body { get; init; }

    /// <summary>Seeded by all that decides the answer.</summary>
    public required Dice Dice { get; init; }

    public required SimulatorKnobs Knobs { get; init; }

    public required SimulatorState State { get; init; }

    public required HttpRequest Request { get; init; }

    /// <summary>The id that the body of the answer carries.</summary>
    public required string RequestId { get; init; }

    /// <summary>Time spent on this answer, with the unrest of a real clock in it.</summary>
    public required double ElapsedMs { get; init; }

    public string LastSegment => Request.Path.Value![(Request.Path.Value!.LastIndexOf('/') + 1)..];

    public JsonElement Field(string name) =>
        Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty(name, out var value) ? value : default;

    public string? Text(string name) => Field(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public int Number(string name, int otherwise) =>
        Field(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : otherwise;
}
