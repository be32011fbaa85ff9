using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IslGateway.Benchmarks.Serving;

/// <summary>The simple way to find one question in many spellings: parse, sort the keys, write, hash.</summary>
internal static class CanonicaliserServer
{
    public static WebApplication Build(int port)
    {
        var app = KestrelHost.Create(port).Build();
        app.Run(AnswerAsync);
        return app;
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var body = await context.Request.ReadWholeAsync();
        Hash(body);
        context.Request.BodyReader.AdvanceTo(body.End);
        await BareServer.WriteAsync(context);
    }

    private static void Hash(ReadOnlySequence<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        var sorted = new ArrayBufferWriter<byte>((int)body.Length);
        using (var writer = new Utf8JsonWriter(sorted)) Write(writer, document.RootElement);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(sorted.WrittenSpan, digest);
    }

    private static void Write(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray()) Write(writer, item);
                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }
}
