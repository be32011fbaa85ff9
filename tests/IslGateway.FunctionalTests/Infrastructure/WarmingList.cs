using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Lists of requests to warm a gateway with, and what it says of them.</summary>
internal static class WarmingList
{
    public const string Path = "/api/cache/warm";

    /// <summary>A question that differs from every other by its number.</summary>
    public static string Body(int number) => Isl.ValidateBody.Replace(
        "Price", "Price" + number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    public static string Line(string body, string path = Isl.Validate) => $$"""{"path":"{{path}}","body":{{body}}}""" + "\n";

    /// <summary>A line for each of these numbers.</summary>
    public static string Of(int first, int count) => string.Concat(Enumerable.Range(first, count).Select(n => Line(Body(n))));

    /// <summary>So many lines, one of which (half-way) is malformed, and one (three quarters) a request that ISL refuses.</summary>
    public static string Flawed(int count)
    {
        var (malformed, failing) = (count / 2, count * 3 / 4);
        return string.Concat(Enumerable.Range(1, count).Select(n =>
            n == malformed ? "{\"path\":\n" : n == failing ? Line("{}") : Line(Body(n))));
    }

    /// <summary>Warms and returns what was said, the last line last.</summary>
    public static async Task<IReadOnlyList<JsonObject>> WarmAsync(this GatewayUnderTest gateway, string list, params string[] headers)
    {
        // The client's own time limit is for the head alone then: a thousand calls may take longer on a busy machine.
        using var request = Isl.Post(Path, list, headers);
        using var response = await gateway.ManagementClient.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var text = await response.TextAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return [.. Parse(text)];
    }

    public static IEnumerable<JsonObject> Parse(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject());

    /// <summary>The counts of a last line, as warmed, known, failed, malformed.</summary>
    public static (long Warmed, long Known, long Failed, long Malformed) Counts(JsonObject last)
    {
        Assert.True((bool?)last["done"]);
        return ((long)last["warmed"]!, (long)last["known"]!, (long)last["failed"]!, (long)last["malformed"]!);
    }

    public static MemoryStream Stream(string list) => new(Encoding.UTF8.GetBytes(list));
}
