using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Stands where ISL would, takes any body at all, and answers 200 with that body in it: a hit then tells whose answer it is.</summary>
internal sealed class EchoUpstream : IAsyncDisposable
{
    private const string Fingerprint = "000000000000";

    private readonly WebApplication _app;

    private EchoUpstream(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public static async Task<EchoUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/health", () => Results.Json(new { status = "healthy", version = "1", build = "echo", config_fingerprint = Fingerprint }));
        app.MapFallback(AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new EchoUpstream(app);
    }

    /// <summary>The body to which this answer was given.</summary>
    public static byte[] BodyIn(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.GetProperty("echo").GetBytesFromBase64();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task<IResult> AnswerAsync(HttpRequest request)
    {
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return Results.Json(new { echo = body.ToArray(), config_fingerprint = Fingerprint, _metadata = new { config_fingerprint = Fingerprint } });
    }
}
