using System.Globalization;
using System.Text.Json.Nodes;

namespace IslSimulator.Knobs;

/// <summary>A number in an endpoint's answers that is another one than it would be, as after a change of its code.</summary>
/// <param name="Path">The endpoint's path.</param>
/// <param name="Field">The number's place: member names and positions in lists, each after a <c>/</c>.</param>
/// <param name="Factor">What it is multiplied by.</param>
public sealed record ScaledKnob(string Path, string Field, double Factor)
{
    internal void Apply(JsonObject body)
    {
        var steps = Field.TrimStart('/').Split('/');
        JsonNode? at = body;
        foreach (var step in steps[..^1]) at = Below(at, step);
        var number = (Below(at, steps[^1]) ?? throw Missing()).ToJsonString();
        var scaled = JsonValue.Create(double.Parse(number, CultureInfo.InvariantCulture) * Factor);
        if (at is JsonArray list) list[int.Parse(steps[^1], CultureInfo.InvariantCulture)] = scaled;
        else at!.AsObject()[steps[^1]] = scaled;
    }

    private static JsonNode? Below(JsonNode? node, string step) => node switch
    {
        JsonObject members => members[step],
        JsonArray list when int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.Count =>
            list[index],
        _ => null,
    };

    private InvalidOperationException Missing() => new($"The answer has no number at {Field}.");
}
