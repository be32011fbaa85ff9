namespace IslSimulator.Journey;

/// <summary>ISL's own CORS layer: two origins, no credentials, outside the authentication.</summary>
internal static class CrossOrigin
{
    private static readonly string[] Origins = ["http://localhost:3000", "http://localhost:8080"];

    public static Reply? Preflight(HttpRequest request)
    {
        if (!HttpMethods.IsOptions(request.Method) || request.Headers.Origin.Count == 0
            || !request.Headers.ContainsKey("Access-Control-Request-Method"))
            return null;
        var reply = Reply.Text(200, "OK") with { HasServiceHeaders = false };
        reply.Headers["access-control-allow-methods"] = "GET, POST, PUT, DELETE, OPTIONS";
        reply.Headers["access-control-max-age"] = "600";
        return reply;
    }

    public static void Mark(HttpRequest request, IHeaderDictionary answer)
    {
        var origin = request.Headers.Origin.ToString();
        if (!Origins.Contains(origin)) return;
        answer.AccessControlAllowOrigin = origin;
        answer.Append("Vary", "Origin");
    }
}
