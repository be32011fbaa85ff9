using System.Text;
using IslSimulator;

namespace IslGateway.UnitTests.Simulator;

/// <summary>A simulator without latency and a client on its socket.</summary>
internal sealed class SimulatorFixture : IAsyncDisposable
{
    public const string Validate = "/api/v1/causal/validate";
    public const string Counterfactual = "/api/v1/causal/counterfactual";
    public const string Elicit = "/api/v1/preferences/elicit";

    public const string ValidateBody =
        """{"dag":{"nodes":["Price","Revenue","Season"],"edges":[["Price","Revenue"],["Season","Price"],["Season","Revenue"]]},"treatment":"Price","outcome":"Revenue"}""";

    public const string CounterfactualBody =
        """{"model":{"distributions":{"base":{"mean":100},"noise":{"mean":5}}},"outcome":"Revenue","intervention":{"Price":60}}""";

    private readonly SimulatorHost _host;
    private readonly HttpClient _client;

    private SimulatorFixture(SimulatorHost host)
    {
        _host = host;
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = host.BaseAddress };
    }

    public SimulatorState State => _host.State;

    public HttpClient Client => _client;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<SimulatorFixture> StartAsync(Action<SimulatorOptions>? configure = null)
    {
        var options = new SimulatorOptions { Latency = 0 };
        configure?.Invoke(options);
        return new SimulatorFixture(await SimulatorHost.StartAsync(options));
    }

    public async Task<SimulatedAnswer> PostAsync(string path, string body, params (string Name, string Value)[] headers)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await SendAsync(HttpMethod.Post, path, content, headers);
    }

    public async Task<SimulatedAnswer> SendAsync(
        HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value)) content!.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _client.SendAsync(request, Cancel);
        return new SimulatedAnswer(
            (int)response.StatusCode,
            response.Headers.Concat(response.Content.Headers)
                .ToDictionary(
                    static header => header.Key, static header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase),
            await response.Content.ReadAsByteArrayAsync(Cancel));
    }

    public async Task<SimulatedAnswer> TurnAsync(string knobs)
    {
        var answer = await PostAsync("/_sim", knobs);
        Assert.Equal(200, answer.Status);
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
    }
}
