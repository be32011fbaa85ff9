using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// The part of ISL that knows beliefs, to be stopped at every point for each user alone. A belief is the number of updates applied; an
/// answer to <c>elicit</c> names the number that stood when the question arrived.
/// </summary>
internal sealed class BeliefIsl : IAsyncDisposable
{
    private const string Fingerprint = "0123456789ab";

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _points = new();
    private readonly ConcurrentDictionary<string, int> _beliefs = new();
    private readonly WebApplication _app;

    private BeliefIsl(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<BeliefIsl> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var isl = new BeliefIsl(builder.Build());
        isl._app.Run(isl.AnswerAsync);
        await isl._app.StartAsync(TestContext.Current.CancellationToken);
        return isl;
    }

    /// <summary>Makes calls wait there: <c>elicit:USER:NUM</c>, <c>apply:USER</c>, <c>answer:USER</c>.</summary>
    public void Close(string point) => _points[point] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open(string point) => Point(point).TrySetResult();

    /// <summary>Waits until a call has passed <c>asked:USER:NUM</c>, <c>updating:USER</c> or <c>applied:USER</c>.</summary>
    public Task PassedAsync(string point) => Point(point).Task;

    public async ValueTask DisposeAsync()
    {
        foreach (var point in _points.Values) point.TrySetResult();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Path == "/health")
        {
            await http.Response.WriteAsJsonAsync(new { status = "healthy", version = "1", build = "b", config_fingerprint = Fingerprint });
            return;
        }

        if (!HttpMethods.IsPost(http.Request.Method))
        {
            await http.Response.WriteAsJsonAsync(new { });
            return;
        }

        using var body = await JsonDocument.ParseAsync(http.Request.Body);
        var user = body.RootElement.GetProperty("user_id").GetString()!;
        if (http.Request.Path == Isl.Update)
        {
            // ISL goes on with an update whose caller has left.
            Open($"updating:{user}");
            await StopAsync($"apply:{user}");
            _beliefs.AddOrUpdate(user, 1, (_, count) => count + 1);
            Open($"applied:{user}");
            await StopAsync($"answer:{user}");
            await http.Response.WriteAsJsonAsync(new { user_id = user });
            return;
        }

        var number = body.RootElement.GetProperty("num_queries").GetInt32();
        var beliefs = _beliefs.GetValueOrDefault(user);
        Open($"asked:{user}:{number}");
        await StopAsync($"elicit:{user}:{number}");
        await http.Response.WriteAsJsonAsync(new { user_id = user, beliefs, _metadata = new { config_fingerprint = Fingerprint } });
    }

    private Task StopAsync(string point) => _points.TryGetValue(point, out var gate) ? gate.Task : Task.CompletedTask;

    private TaskCompletionSource Point(string point) =>
        _points.GetOrAdd(point, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
