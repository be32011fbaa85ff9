using System.Globalization;
using System.Text.Json;
using IslGateway.Outcomes;

namespace IslGateway.Edge;

/// <summary>The only writer of gateway-made errors: RFC 9457's members and ISL's error shape in one body.</summary>
internal static class ProblemWriter
{
    private const string ContentType = "application/problem+json";

    public static async Task WriteAsync(HttpContext context, string requestId, Problem problem)
    {
        var response = context.Response;
        response.Clear();
        response.StatusCode = problem.Status;
        response.ContentType = ContentType;
        if (problem.RetryAfterSeconds is { } seconds) response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (problem.Header is { } header) response.Headers[header.Key] = header.Value;
        if (problem.ClosesConnection && HttpProtocol.IsHttp11(context.Request.Protocol)) response.Headers.Connection = "close";

        var body = Render(requestId, problem);
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>The body alone.</summary>
    public static byte[] Render(string requestId, Problem problem)
    {
        var word = problem.Cause.Word();
        var members = new Dictionary<string, object>
        {
            ["type"] = "urn:isl-gateway:" + word,
            ["title"] = problem.Title,
            ["status"] = problem.Status,
            ["detail"] = problem.Detail,
            ["code"] = problem.Code,
            ["reason"] = "gateway_" + word.Replace('-', '_'),
            ["message"] = problem.Detail,
            ["recovery"] = problem.Recovery,
            ["retryable"] = problem.Retryable,
            ["source"] = "isl-gateway",
            ["request_id"] = requestId,
            ["degraded"] = false,
        };
        if (problem.Failures.Count > 0)
        {
            // ISL's own member, and the one that RFC 9457 shows for the same.
            members["validation_failures"] = problem.Failures.Select(static failure => failure.InIslsWords);
            members["errors"] = problem.Failures.Select(static failure => new { pointer = failure.Pointer, detail = failure.Message });
        }

        return JsonSerializer.SerializeToUtf8Bytes(members);
    }
}
