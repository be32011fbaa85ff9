using System.Net;
using System.Text.Json;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Looks at an error that the gateway made: its members are the contract of every such body.</summary>
internal static class Refusals
{
    private static readonly string[] Members =
        ["code", "degraded", "detail", "message", "reason", "recovery", "request_id", "retryable", "source", "status", "title", "type"];

    /// <summary>Checks all that holds for every problem, and the two words that tell this one.</summary>
    public static async Task<JsonElement> AssertProblemAsync(
        this HttpResponseMessage response, HttpStatusCode status, string code, string reason)
    {
        var text = await response.TextAsync();
        Assert.True(status == response.StatusCode, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        using var document = JsonDocument.Parse(text);
        var problem = document.RootElement.Clone();

        Assert.Equal(Members, problem.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal($"gateway_{reason.Replace('-', '_')}", problem.GetProperty("reason").GetString());
        Assert.Equal($"urn:isl-gateway:{reason}", problem.GetProperty("type").GetString());
        Assert.Equal("isl-gateway", problem.GetProperty("source").GetString());
        Assert.Equal(response.RequestId(), problem.GetProperty("request_id").GetString());
        Assert.False(problem.GetProperty("degraded").GetBoolean());
        Assert.True(problem.GetProperty("retryable").ValueKind is JsonValueKind.True or JsonValueKind.False);
        foreach (var prose in (string[])["title", "detail", "message", "recovery"])
            Assert.NotEqual("", problem.GetProperty(prose).GetString());
        Assert.EndsWith($"detail={reason}", response.CacheStatus(), StringComparison.Ordinal);
        return problem;
    }
}
