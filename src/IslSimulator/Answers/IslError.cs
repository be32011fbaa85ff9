using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary>An error in ISL's own shape.</summary>
internal sealed record IslError(int Status, string Code, string Message, string Reason)
{
    public bool Retryable { get; init; }

    public string[] Failures { get; init; } = [];

    /// <summary>Whether ISL does not handle the error itself: the answer then lacks the headers of the layers that it skipped.</summary>
    public bool Bare { get; init; }

    public int? RetryAfterSeconds { get; init; }

    public static IslError Validation(params string[] failures) =>
        new(422, "ISL_VALIDATION_ERROR", "Request validation failed", "invalid_schema") { Failures = failures };

    public static IslError Input(string message, string reason) => new(400, "ISL_INVALID_INPUT", message, reason);

    public static IslError Computation(string message = "An unexpected error occurred") =>
        new(500, "ISL_COMPUTATION_ERROR", message, "internal_error") { Retryable = true, Bare = true };

    public static IslError HandlerFailure() => new(500, "ISL_VALIDATION_ERROR", "Failed to compute the answer", "http_error");

    /// <summary>ISL's error for a status, for errors that tests ask for.</summary>
    public static IslError Played(int status) => status switch
    {
        401 or 403 => new(status, "ISL_UNAUTHORIZED", "Invalid API key", "invalid_api_key") { Bare = true },
        429 => new(429, "ISL_RATE_LIMIT_EXCEEDED", "Rate limit exceeded", "rate_limit_exceeded")
        {
            Retryable = true,
            RetryAfterSeconds = 1,
        },
        500 => Computation("Played on demand"),
        503 => new(503, "ISL_SERVICE_UNAVAILABLE", "Service unavailable", "memory_circuit_breaker_open")
        {
            Retryable = true,
            RetryAfterSeconds = 30,
        },
        504 => new(504, "ISL_TIMEOUT", "Request timed out", "timeout") { Retryable = true },
        > 500 => new(status, "ISL_SERVICE_UNAVAILABLE", "Played on demand", "played") { Retryable = true },
        _ => new(status, "ISL_INVALID_INPUT", "Played on demand", "played"),
    };

    public JsonObject ToJson(string requestId)
    {
        var body = new JsonObject
        {
            ["code"] = Code,
            ["message"] = Message,
            ["reason"] = Reason,
            ["recovery"] = new JsonObject
            {
                ["hints"] = new JsonArray(Retryable ? "Retry later" : "Check the request"),
                ["suggestion"] = Retryable ? "Retry with backoff" : "Correct the request and send it again",
            },
        };
        if (Failures.Length > 0) body["validation_failures"] = new JsonArray([.. Failures.Select(static failure => (JsonNode)failure)]);
        body["retryable"] = Retryable;
        body["source"] = "isl";
        body["request_id"] = requestId;
        body["degraded"] = false;
        return body;
    }
}
