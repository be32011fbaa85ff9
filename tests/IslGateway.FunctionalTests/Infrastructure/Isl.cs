using System.Net.Http.Headers;
using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>What a client of ISL sends and looks at.</summary>
internal static class Isl
{
    public const string Validate = "/api/v1/causal/validate";
    public const string Counterfactual = "/api/v1/causal/counterfactual";
    public const string Elicit = "/api/v1/preferences/elicit";
    public const string Update = "/api/v1/preferences/update";
    public const string Teach = "/api/v1/teaching/teach";

    public const string ValidateBody =
        """{"dag":{"nodes":["Price","Revenue"],"edges":[["Price","Revenue"]]},"treatment":"Price","outcome":"Revenue"}""";

    public const string CounterfactualBody = """
        {"model":{"variables":["Price","Revenue"],"equations":{"Revenue":"1000 - 5 * Price"},"distributions":{"base":{"type":"normal","parameters":{"mean":0,"std":1}},"noise":{"type":"normal","parameters":{"mean":0,"std":1}}}},"outcome":"Revenue","intervention":{"Price":60}}
        """;

    /// <summary>A JSON request, with headers as <c>Name: value</c>.</summary>
    public static HttpRequestMessage Post(string target, string body, params string[] headers) =>
        Post(target, Encoding.UTF8.GetBytes(body), headers);

    /// <inheritdoc cref="Post(string, string, string[])"/>
    public static HttpRequestMessage Post(string target, byte[] body, params string[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(target, UriKind.RelativeOrAbsolute))
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var header in headers)
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = (header[..colon], header[(colon + 1)..].Trim());
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    public static Task<HttpResponseMessage> PostAsync(this HttpClient client, string target, string body, params string[] headers) =>
        client.SendAsync(Post(target, body, headers), TestContext.Current.CancellationToken);

    /// <summary>The value of <c>Cache-Status</c>.</summary>
    public static string CacheStatus(this HttpResponseMessage response) => string.Join(", ", response.Headers.GetValues("Cache-Status"));

    public static string RequestId(this HttpResponseMessage response) => string.Join(", ", response.Headers.GetValues("X-Request-Id"));

    public static Task<string> TextAsync(this HttpResponseMessage response) =>
        response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    public static Task<byte[]> BytesAsync(this HttpResponseMessage response) =>
        response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
}
