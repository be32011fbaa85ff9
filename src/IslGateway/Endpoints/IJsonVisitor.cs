using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>Is shown a JSON text, value by value, by <see cref="JsonWalk"/>.</summary>
internal interface IJsonVisitor
{
    /// <summary>A value that stands at a place of interest.</summary>
    /// <param name="place">Which: its number in what the walk was given.</param>
    /// <param name="value">Stands at the value's first token.</param>
    void AtPlace(int place, in Utf8JsonReader value);

    /// <summary>A string value, wherever it stands; told after the places that it stands at.</summary>
    void AtText(in Utf8JsonReader text);
}
