using System.Text;
using IslSimulator.Answers;

namespace IslSimulator.Journey;

/// <summary>The outer layers that refuse callers. The rate limit counts before keys are checked, so refused callers use it up.</summary>
internal sealed class Admission(SimulatorState state)
{
    public Reply? Limit(HttpContext http, string path, Moment moment)
    {
        var limit = moment.Knobs.RateLimitPerMinute;
        if (limit <= 0 || moment.IsHealth || path == "/metrics") return null;
        var bucket = http.Request.Headers[HeaderNames.ApiKey] is { Count: > 0 } keys ? $"key {keys[0]}"
            : $"address {http.Request.Headers["X-Forwarded-For"].ToString().Split(',')[0].Trim()}|{http.Connection.RemoteIpAddress}";
        var (remaining, wait) = state.Limiter.Take(bucket, limit);
        if (remaining >= 0)
        {
            http.Response.Headers["x-ratelimit-limit"] = limit.ToString(provider: null);
            http.Response.Headers["x-ratelimit-remaining"] = remaining.ToString(provider: null);
            return null;
        }

        // On this path a logging call of ISL fails, so that the intended 429 becomes an unhandled 500.
        return Reply.Error(
            moment.Knobs.RateLimitAnswers429
                ? IslError.Played(429) with { RetryAfterSeconds = wait, Bare = true }
                : IslError.Computation(),
            moment.Ids.Given ?? state.ProcessSalt);
    }

    public Reply? Authenticate(HttpContext http, string path, Moment moment)
    {
        if (!moment.Knobs.NeedsKey || IsPublic(path)) return null;
        var key = http.Request.Headers[HeaderNames.ApiKey] is { Count: > 0 } keys ? keys[0]!.Trim() : "";
        if (key.Length > 0 && !Ascii.IsValid(key)) return Reply.Error(IslError.Computation(), moment.Ids.Given ?? state.ProcessSalt);
        if (key.Length > 0 && moment.Knobs.Accepts(key)) return null;
        var reason = key.Length == 0 ? "missing_api_key" : "invalid_api_key";
        var error = new IslError(401, "ISL_UNAUTHORIZED", key.Length == 0 ? "API key required" : "Invalid API key", reason) { Bare = true };
        return Reply.Error(error, moment.Ids.Given ?? state.ProcessSalt);
    }

    private static bool IsPublic(string path) =>
        path is "/health" or "/ready" or "/metrics" or "/openapi.json"
        || path.StartsWith("/docs", StringComparison.Ordinal)
        || path.StartsWith("/redoc", StringComparison.Ordinal);
}
