using System.Text.Json;
using System.Text.Json.Nodes;
using IslSimulator.Journey;
using Microsoft.AspNetCore.Http.Features;

namespace IslSimulator.Control;

/// <summary><c>/_sim</c>: the knobs over HTTP, what was called, and two mirrors for pass-through tests. Needs no key.</summary>
internal sealed class ControlPanel(SimulatorState state)
{
    private const string Root = "/_sim";

    public static bool Owns(PathString path) => path.StartsWithSegments(Root, StringComparison.Ordinal);

    public Task HandleAsync(HttpContext http) => (http.Request.Method, http.Request.Path.Value) switch
    {
        ("GET", Root) => WriteAsync(http, 200, StateReport.Write(state)),
        ("POST", Root) => TurnAsync(http),
        ("POST", Root + "/reset") => ResetAsync(http),
        ("GET", Root + "/calls") => WriteAsync(http, 200, StateReport.Calls(state, http.Request.Query["path"])),
        ("GET", Root + "/stream") => StreamingPage.WriteAsync(http, state.Time),
        (_, Root + "/echo") => EchoAsync(http),
        _ => WriteAsync(http, 404, new JsonObject { ["detail"] = "Not Found" }),
    };

    private async Task TurnAsync(HttpContext http)
    {
        string error;
        try
        {
            using var document = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
            if (KnobReader.TryApply(state, document.RootElement.Clone(), out error))
            {
                await WriteAsync(http, 200, StateReport.Write(state));
                return;
            }
        }
        catch (JsonException)
        {
            error = "A JSON object of knobs is expected";
        }

        await WriteAsync(http, 400, new JsonObject { ["detail"] = error });
    }

    private Task ResetAsync(HttpContext http)
    {
        state.Reset();
        return WriteAsync(http, 200, StateReport.Write(state));
    }

    private static async Task EchoAsync(HttpContext http)
    {
        var body = await BodyReading.ReadAllAsync(http.Request, http.RequestAborted);
        await WriteAsync(http, 200, new JsonObject
        {
            ["method"] = http.Request.Method,
            ["target"] = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            ["protocol"] = http.Request.Protocol,
            ["headers"] = StateReport.Headers(http.Request.Headers.SelectMany(
                static header => header.Value, static (header, value) => KeyValuePair.Create(header.Key, value ?? ""))),
            ["body_base64"] = Convert.ToBase64String(body),
        });
    }

    private static async Task WriteAsync(HttpContext http, int status, JsonNode answer)
    {
        var body = JsonText.Encode(answer);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
