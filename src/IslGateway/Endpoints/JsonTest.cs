using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>A test of one value in a JSON text.</summary>
/// <param name="value">The reader, at the value's first token.</param>
/// <exception cref="InvalidOperationException">The value holds half a surrogate pair.</exception>
internal delegate bool JsonTest(in Utf8JsonReader value);
