using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>Receives what <see cref="JsonWalk"/> finds in a JSON text.</summary>
internal interface IJsonVisitor
{
    /// <summary>A value at one of the places that the walk was given.</summary>
    /// <param name="place">The index of the place.</param>
    /// <param name="value">The reader, at the value's first token.</param>
    void AtPlace(int place, in Utf8JsonReader value);

    /// <summary>A string value anywhere; called after <see cref="AtPlace"/> for the same value.</summary>
    void AtText(in Utf8JsonReader text);
}
