using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>What is asked of a value in a JSON text.</summary>
/// <param name="value">Stands at the value's first token.</param>
/// <exception cref="InvalidOperationException">The value is a text that is none: half a surrogate pair.</exception>
internal delegate bool JsonTest(in Utf8JsonReader value);
