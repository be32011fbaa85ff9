using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// Stands where ISL would, takes any body at all, and answers 200 with that body in it: a hit then tells whose answer it is.
/// </summary>
internal sealed class EchoUpstream : IAsyncDisposable
{
    private const string Fingerprint = "000000000000";

    private readonly WebApplication _app;
    private int _asked;

    private EchoUpstream(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    /// <summary>The only <c>Host</c> under which it answers; null: any.</summary>
    public string? Host { get; set; }

    /// <summary>Whether it answers 413 and reads no body.</summary>
    public bool Refuses { get; set; }

    /// <summary>Requests so far, health polls excepted.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <param name="listen">How it listens, where that is not HTTP/1.1 in clear text.</param>
    public static async Task<EchoUpstream> StartAsync(Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, options => listen?.Invoke(options)));
        var app = builder.Build();
        var upstream = new EchoUpstream(app);
        app.Use((context, next) =>
        {
            if (upstream.Host is null || context.Request.Host.Value == upstream.Host) return next(context);
            context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
            return Task.CompletedTask;
        });
        app.UseRouting();
        app.MapGet("/health", () => Results.Json(new
        {
            status = "healthy",
            version = "1",
            build = "echo",
            config_fingerprint = Fingerprint,
        }));
        app.MapFallback(upstream.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return upstream;
    }

    /// <summary>The body to which this answer was given.</summary>
    public static byte[] BodyIn(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.GetProperty("echo").GetBytesFromBase64();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> AnswerAsync(HttpRequest request)
    {
        Interlocked.Increment(ref _asked);
        if (Refuses) return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return Results.Json(new
        {
            echo = body.ToArray(),
            config_fingerprint = Fingerprint,
            _metadata = new { config_fingerprint = Fingerprint },
        });
    }
}
