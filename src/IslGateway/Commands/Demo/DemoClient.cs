using System.Text;
using System.Text.Json;

namespace IslGateway.Commands.Demo;

/// <summary>Plays the demo against a gateway as PLoT would, with nothing but HTTP and JSON.</summary>
internal sealed class DemoClient(HttpClient http, TimeProvider time)
{
    /// <summary>The simulator puts this header on all its answers, and the gateway stores it with them.</summary>
    private const string SimulatorMark = "X-Isl-Simulated";

    private const string SweepPath = "/gateway/v1/sweep";

    /// <param name="title">What the round is called.</param>
    /// <param name="requests">What is sent.</param>
    /// <param name="isStored">Whether answers may be stored, and come from what is stored.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<DemoRound> OneAfterAnotherAsync(
        string title, IReadOnlyList<DemoRequest> requests, bool isStored, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var results = new List<DemoResult>();
        foreach (var request in requests) results.Add(await SendAsync(request, isStored, cancellationToken));
        return new DemoRound(title, results, time.GetElapsedTime(started));
    }

    public async Task<DemoRound> AllAtOnceAsync(
        string title, IReadOnlyList<DemoRequest> requests, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var results = await Task.WhenAll(requests.Select(request => SendAsync(request, isStored: true, cancellationToken)));
        return new DemoRound(title, results, time.GetElapsedTime(started));
    }

    /// <summary>Sends a pattern as the gateway takes it best: as a sweep where it is one, else side by side.</summary>
    public async Task<DemoRound> AllAtOnceAsync(string title, DemoPattern pattern, CancellationToken cancellationToken)
    {
        if (pattern.Sweep is not { } sweep) return await AllAtOnceAsync(title, pattern.Requests, cancellationToken);
        var started = time.GetTimestamp();
        try
        {
            using var response = await PostAsync(SweepPath, sweep, isStored: true, cancellationToken);
            var text = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            var elapsed = time.GetElapsedTime(started);
            var results = response.IsSuccessStatusCode
                ? PointsOf(text, elapsed)
                : All(pattern, new DemoResult(elapsed, "", IsSimulated: false, $"status {(int)response.StatusCode}"));
            return new DemoRound(title, results, elapsed);
        }
        catch (HttpRequestException e)
        {
            var elapsed = time.GetElapsedTime(started);
            return new DemoRound(title, All(pattern, new DemoResult(elapsed, "", IsSimulated: false, e.Message)), elapsed);
        }
    }

    private static DemoResult[] PointsOf(byte[] text, TimeSpan elapsed)
    {
        using var document = JsonDocument.Parse(text);
        return [.. document.RootElement.GetProperty("responses").EnumerateArray().Select(point =>
            ResultOf(elapsed, point.GetProperty("status").GetInt32(), point.GetProperty("cache_status").GetString()!, isSimulated: false))];
    }

    private static DemoResult[] All(DemoPattern pattern, DemoResult result) => [.. pattern.Requests.Select(_ => result)];

    private static DemoResult ResultOf(TimeSpan elapsed, int status, string cacheStatus, bool isSimulated) =>
        new(elapsed, cacheStatus, isSimulated, status is >= 200 and < 300 ? null : $"status {status} ({cacheStatus})");

    private async Task<DemoResult> SendAsync(DemoRequest request, bool isStored, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        try
        {
            using var response = await PostAsync(request.Path, request.Body, isStored, cancellationToken);
            var cacheStatus = response.Headers.TryGetValues("Cache-Status", out var values) ? values.Last() : "";
            return ResultOf(
                time.GetElapsedTime(started), (int)response.StatusCode, cacheStatus, response.Headers.Contains(SimulatorMark));
        }
        catch (HttpRequestException e)
        {
            return new DemoResult(time.GetElapsedTime(started), "", IsSimulated: false, e.Message);
        }
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string body, bool isStored, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (!isStored) request.Headers.Add("Cache-Control", "no-cache, no-store");
        return await http.SendAsync(request, cancellationToken);
    }
}
