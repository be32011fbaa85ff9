using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IslSimulator.Journey;

internal static class JsonText
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 2000,
    };

    public static byte[] Encode(JsonNode body) => JsonSerializer.SerializeToUtf8Bytes(body, Options);
}
