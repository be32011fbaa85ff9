using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Batches and sweeps, and what is answered to their items.</summary>
internal static class Batches
{
    public const string Batch = "/gateway/v1/batch";
    public const string Sweep = "/gateway/v1/sweep";

    /// <summary>An item.</summary>
    public static string Item(string id, string body, string path = Isl.Validate, string more = "") =>
        $$"""{"id":"{{id}}","path":"{{path}}","body":{{body}}{{more}}}""";

    public static string Of(params IEnumerable<string> items) => $$"""{"requests":[{{string.Join(',', items)}}]}""";

    /// <summary>Sends a batch that must be taken, and returns its items' answers.</summary>
    public static async Task<IReadOnlyList<JsonObject>> BatchAsync(this HttpClient client, string batch, params string[] headers)
    {
        using var response = await client.PostAsync(Batch, batch, headers);
        return await ResponsesAsync(response);
    }

    /// <summary>Sends a sweep that must be taken, and returns its points' answers.</summary>
    public static async Task<IReadOnlyList<JsonObject>> SweepAsync(this HttpClient client, string sweep, params string[] headers)
    {
        using var response = await client.PostAsync(Sweep, sweep, headers);
        return await ResponsesAsync(response);
    }

    public static string Id(this JsonObject answer) => answer["id"]!.ToString();

    public static int Status(this JsonObject answer) => (int)answer["status"]!;

    public static string Cache(this JsonObject answer) => (string)answer["cache_status"]!;

    /// <summary>A model of so many bytes, at least.</summary>
    public static string Model(int size)
    {
        var text = new StringBuilder("""{"model":{"variables":["Price","Revenue"],"equations":{"Revenue":"1000 - 5 * Price"},"notes":{""");
        for (var n = 0; text.Length < size; n++)
            text.Append(CultureInfo.InvariantCulture, $"{(n == 0 ? "" : ",")}\"n{n}\":[{n},{n}.5,\"{new string('x', 40)}\"]");
        return text
            .Append("""},"distributions":{"base":{"type":"normal","parameters":{"mean":0,"std":1}}}},"outcome":"Revenue","intervention":{"Price":60}}""")
            .ToString();
    }

    private static async Task<IReadOnlyList<JsonObject>> ResponsesAsync(HttpResponseMessage response)
    {
        var text = await response.TextAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return response.Content.Headers.ContentType!.MediaType == "application/x-ndjson"
            ? [.. WarmingList.Parse(text)]
            : [.. JsonNode.Parse(text)!["responses"]!.AsArray().Select(answer => answer!.AsObject())];
    }
}
