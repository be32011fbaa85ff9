using System.Text.Json;
using IslGateway.Endpoints;

namespace IslGateway.Workflows.Experiments;

/// <summary>Reads the number at an experiment's field in an answer.</summary>
internal sealed class FieldReader : IJsonVisitor
{
    private double? _found;

    private FieldReader()
    {
    }

    /// <summary>The number; null: there is none, or the answer is no JSON.</summary>
    public static double? Read(ReadOnlySpan<byte> answer, JsonPlace[] place)
    {
        var reader = new FieldReader();
        try
        {
            JsonWalk.Over(answer, place, reader);
            return reader._found;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void AtPlace(int place, in Utf8JsonReader value)
    {
        if (value.TokenType == JsonTokenType.Number && value.TryGetDouble(out var number)) _found = number;
    }

    public void AtText(in Utf8JsonReader text)
    {
        // Only the number counts.
    }
}
