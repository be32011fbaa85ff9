using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IslGateway.FunctionalTests.RedisFaults;

/// <summary>
/// An ISL whose every answer can be told beforehand from the body and the request id; its sessions count the updates of a user.
/// </summary>
internal sealed class KnownIsl : IAsyncDisposable
{
    private const string Fingerprint = "0123456789ab";

    private readonly ConcurrentDictionary<string, int> _beliefs = new();
    private readonly WebApplication _app;

    private KnownIsl(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<KnownIsl> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var isl = new KnownIsl(builder.Build());
        isl._app.Run(isl.AnswerAsync);
        await isl._app.StartAsync(TestContext.Current.CancellationToken);
        return isl;
    }

    /// <summary>What it answers to a body on a row without sessions.</summary>
    public static string AnswerTo(ReadOnlySpan<byte> body, string requestId)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(body));
        return $$$"""{"of":"{{{hash}}}","_metadata":{"config_fingerprint":"{{{Fingerprint}}}","request_id":"{{{requestId}}}"}}""";
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            await http.Response.WriteAsync($$"""{"status":"healthy","version":"1","build":"b","config_fingerprint":"{{Fingerprint}}"}""");
            return;
        }

        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer);
        await http.Response.WriteAsync(http.Request.Path.Value switch
        {
            Isl.Update => Update(buffer.ToArray()),
            Isl.Elicit => Elicit(buffer.ToArray()),
            _ => AnswerTo(buffer.ToArray(), http.Request.Headers["X-Request-Id"].ToString()),
        });
    }

    private string Update(byte[] body)
    {
        var user = UserOf(body);
        _beliefs.AddOrUpdate(user, 1, static (_, count) => count + 1);
        return $$"""{"user_id":"{{user}}"}""";
    }

    private string Elicit(byte[] body)
    {
        var user = UserOf(body);
        var beliefs = _beliefs.GetValueOrDefault(user);
        return $$$"""{"user_id":"{{{user}}}","beliefs":{{{beliefs}}},"_metadata":{"config_fingerprint":"{{{Fingerprint}}}"}}""";
    }

    private static string UserOf(byte[] body)
    {
        using var json = JsonDocument.Parse(Encoding.UTF8.GetString(body));
        return json.RootElement.GetProperty("user_id").GetString()!;
    }
}
