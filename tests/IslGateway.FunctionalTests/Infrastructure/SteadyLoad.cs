using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>A few callers who ask on and on, each question a few times before the next, and keep every answer.</summary>
internal sealed partial class SteadyLoad : IAsyncDisposable
{
    private const int Callers = 6;
    private const int Times = 4;

    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly ConcurrentQueue<Answered> _answers = new();
    private readonly Task _running;
    private int _asked = -1;

    /// <param name="clients">Gateways; the callers are spread over them.</param>
    public SteadyLoad(params HttpClient[] clients) =>
        _running = Task.WhenAll(Enumerable.Range(0, Callers).Select(n => Task.Run(() => AskAsync(clients[n % clients.Length], n))));

    public int Count => _answers.Count;

    /// <summary>The bodies that were asked so far.</summary>
    public IReadOnlyList<string> Bodies => [.. Enumerable.Range(0, (Volatile.Read(ref _asked) / Times) + 1).Select(BodyOf)];

    /// <summary>Waits for so many answers more.</summary>
    public Task GoesOnAsync(int answers)
    {
        var enough = Count + answers;
        return Eventually.TrueAsync(
            () => Count >= enough || _running.IsCompleted, TimeSpan.FromSeconds(60), $"{answers} more answers are here");
    }

    /// <summary>Stops asking.</summary>
    /// <returns>Every answer, in the order in which they came.</returns>
    public async Task<IReadOnlyList<Answered>> StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        return [.. _answers];
    }

    /// <summary>Asks every question once more, one after the other.</summary>
    public async Task<IReadOnlyList<Answered>> AskAllAgainAsync(HttpClient client)
    {
        var answers = new List<Answered>();
        foreach (var body in Bodies)
        {
            using var response = await client.PostAsync(Isl.Counterfactual, body, $"X-Request-Id: id-9-{answers.Count}");
            answers.Add(await ReadAsync(response, body));
        }

        return answers;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    /// <summary>An answer without what differs from call to call: the request id.</summary>
    public static async Task<Answered> ReadAsync(HttpResponseMessage response, string body)
    {
        var build = response.Headers.TryGetValues("x-olumi-service-build", out var values) ? string.Join(',', values) : "";
        var status = response.Headers.TryGetValues("Cache-Status", out var account) ? string.Join(", ", account) : "";
        return new Answered(
            body, response.StatusCode, status, build,
            Id().Replace(await response.Content.ReadAsStringAsync(CancellationToken.None), "\"id\""));
    }

    private static string BodyOf(int n) => Isl.CounterfactualBody.Replace("60", $"{60 + n}", StringComparison.Ordinal);

    [GeneratedRegex("\"id-[0-9]+-[0-9]+\"")]
    private static partial Regex Id();

    private async Task AskAsync(HttpClient client, int caller)
    {
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var body = BodyOf(Interlocked.Increment(ref _asked) / Times);
            using var request = Isl.Post(Isl.Counterfactual, body, $"X-Request-Id: id-{caller}-{i}");
            using var response = await client.SendAsync(request, CancellationToken.None);
            _answers.Enqueue(await ReadAsync(response, body));

            // About two hundred answers a second in all: enough to meet every moment of a rollout.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <param name="Body">What was asked.</param>
    /// <param name="Status">HTTP status.</param>
    /// <param name="CacheStatus">What the cache did.</param>
    /// <param name="Build">The build that the answer names.</param>
    /// <param name="Text">The answer, its id blanked.</param>
    internal sealed record Answered(string Body, HttpStatusCode Status, string CacheStatus, string Build, string Text)
    {
        public bool IsHit => CacheStatus.Contains("; hit;", StringComparison.Ordinal);
    }
}
