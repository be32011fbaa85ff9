using System.Text;
using System.Text.Json.Nodes;
using IslSimulator.Answers;

namespace IslSimulator.Journey;

/// <summary>An answer without its headers.</summary>
internal sealed record Reply(int Status, byte[] Body, string ContentType = "application/json")
{
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Errors of the outer layers lack the headers of the inner ones.</summary>
    public bool HasServiceHeaders { get; init; } = true;

    public static Reply Json(int status, JsonNode body) => new(status, JsonText.Encode(body));

    public static Reply Detail(int status, string detail) => Json(status, new JsonObject { ["detail"] = detail });

    public static Reply Text(int status, string text, string contentType = "text/plain; charset=utf-8") =>
        new(status, Encoding.UTF8.GetBytes(text), contentType);

    public static Reply Error(IslError error, string requestId)
    {
        var reply = Json(error.Status, error.ToJson(requestId)) with { HasServiceHeaders = !error.Bare };
        if (error.RetryAfterSeconds is { } seconds) reply.Headers["retry-after"] = seconds.ToString(provider: null);
        return reply;
    }
}
