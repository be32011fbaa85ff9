using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Asks a gateway to explain requests, as the operations API has it.</summary>
internal static class Explains
{
    public const string Path = "/api/cache/explain";

    /// <summary>What the gateway says of a request, its headers as <c>Name: value</c>.</summary>
    public static Task<JsonElement> ExplainAsync(this GatewayUnderTest gateway, string target, string body, params string[] headers) =>
        gateway.ExplainCallAsync(Request(target, body, headers));

    /// <summary>What it says of two.</summary>
    public static Task<JsonElement> CompareAsync(this GatewayUnderTest gateway, object one, object other) =>
        gateway.ExplainCallAsync(new { requests = new[] { one, other } });

    /// <summary>A request as a call describes it.</summary>
    public static object Request(string target, string body, params string[] headers) => new
    {
        path = target,
        headers = headers.Select(header => header.Split(": ", 2)).GroupBy(header => header[0])
            .ToDictionary(header => header.Key, header => header.Select(line => line[1]).ToArray()),
        body_text = body,
    };

    public static async Task<JsonElement> ExplainCallAsync(this GatewayUnderTest gateway, object call)
    {
        using var answer = await gateway.ManagementClient.PostAsJsonAsync(Path, call, TestContext.Current.CancellationToken);
        var text = await answer.TextAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    public static string? Text(this JsonElement answer, string member) => answer.GetProperty(member).GetString();
}
