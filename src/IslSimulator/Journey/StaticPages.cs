using System.Text;
using IslSimulator.Catalogue;

namespace IslSimulator.Journey;

/// <summary>The pages beside the API: docs, OpenAPI and ISL's own metrics.</summary>
internal static class StaticPages
{
    public static Reply? Find(HttpRequest request, string path, SimulatorState state)
    {
        if (path is not ("/docs" or "/redoc" or "/openapi.json" or "/metrics")) return null;
        if (!HttpMethods.IsGet(request.Method))
        {
            var reply = Reply.Detail(405, "Method Not Allowed");
            reply.Headers["allow"] = HttpMethods.Get;
            return reply;
        }

        return path switch
        {
            "/openapi.json" => Reply.Json(200, OpenApiDocument.Write(state.Knobs)),
            "/metrics" => Reply.Text(200, Metrics(state), "text/plain; version=0.0.4; charset=utf-8"),
            _ => Reply.Text(
                200, "<!DOCTYPE html><title>Simulated ISL</title><p>Simulated ISL: see <a href=\"/openapi.json\">/openapi.json</a>.",
                "text/html; charset=utf-8"),
        };
    }

    private static string Metrics(SimulatorState state)
    {
        var text = new StringBuilder("# HELP isl_requests_total Requests by endpoint.\n# TYPE isl_requests_total counter\n");
        foreach (var spec in EndpointCatalogue.All.DistinctBy(static spec => spec.Path))
        {
            if (state.Calls(spec.Path) is > 0 and var count)
                text.Append(provider: null, $"isl_requests_total{{endpoint=\"{spec.Path}\"}} {count}\n");
        }

        return text.ToString();
    }
}
