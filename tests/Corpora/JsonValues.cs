using System.Text.Json;
using IslGateway.Endpoints;

namespace IslGateway.Corpora;

/// <summary>The values that stand at a pointer, as the gateway finds them.</summary>
internal sealed class JsonValues : IJsonVisitor
{
    private readonly List<JsonElement> _found = [];

    /// <exception cref="JsonException">The text is no JSON.</exception>
    public static IReadOnlyList<JsonElement> At(string pointer, ReadOnlySpan<byte> json)
    {
        var values = new JsonValues();
        JsonWalk.Over(json, [new JsonPlace(JsonPointer.Parse(pointer))], values);
        return values._found;
    }

    public void AtPlace(int place, in Utf8JsonReader value)
    {
        var copy = value;
        _found.Add(JsonElement.ParseValue(ref copy));
    }

    public void AtText(in Utf8JsonReader text)
    {
        // Asked for by place alone.
    }
}
