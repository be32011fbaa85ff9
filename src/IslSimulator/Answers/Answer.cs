using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary>The outcome of an endpoint: a body, or an error.</summary>
internal readonly record struct Answer(JsonObject? Body, IslError? Error)
{
    public static implicit operator Answer(JsonObject body) => new(body, null);

    public static implicit operator Answer(IslError error) => new(null, error);
}
