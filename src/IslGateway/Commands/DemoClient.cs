using System.Text;

namespace IslGateway.Commands;

/// <summary>Plays the demo's workflow against a gateway as PLoT would, with nothing but HTTP and JSON.</summary>
internal sealed class DemoClient(HttpClient http, TimeProvider time)
{
    /// <summary>The simulator puts this header on all its answers, and the gateway stores it with them.</summary>
    private const string SimulatorMark = "X-Isl-Simulated";

    public async Task<DemoRound> OneAfterAnotherAsync(string title, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var results = new List<DemoResult>();
        foreach (var request in DemoWorkflow.Requests) results.Add(await SendAsync(request, cancellationToken));
        return new DemoRound(title, results, time.GetElapsedTime(started));
    }

    public async Task<DemoRound> AllAtOnceAsync(string title, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var results = await Task.WhenAll(DemoWorkflow.Requests.Select(request => SendAsync(request, cancellationToken)));
        return new DemoRound(title, results, time.GetElapsedTime(started));
    }

    private async Task<DemoResult> SendAsync(DemoRequest request, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        try
        {
            using var body = new StringContent(request.Body, Encoding.UTF8, "application/json");
            using var response = await http.PostAsync(new Uri(request.Path, UriKind.Relative), body, cancellationToken);
            var elapsed = time.GetElapsedTime(started);
            var cache = response.Headers.TryGetValues("Cache-Status", out var values) ? values.Last() : "";
            var failure = response.IsSuccessStatusCode ? null : $"status {(int)response.StatusCode} ({cache})";
            return new DemoResult(elapsed, cache, response.Headers.Contains(SimulatorMark), failure);
        }
        catch (HttpRequestException e)
        {
            return new DemoResult(time.GetElapsedTime(started), "", IsSimulated: false, e.Message);
        }
    }
}
