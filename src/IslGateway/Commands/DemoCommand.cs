using IslGateway.Edge;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Commands;

/// <summary>
/// Plays the guide's workflow through a gateway of its own: cold, repeated, and all requests at once. Accepts any setting;
/// <c>Demo:ApiKey</c> is sent as <c>X-API-Key</c> to an ISL that needs one.
/// </summary>
internal static class DemoCommand
{
    private const string ApiKey = "Demo:ApiKey";

    public static async Task<int> RunAsync(
        Func<string[], Task<WebApplication>> build, string[] settings, CancellationToken cancellationToken)
    {
        await using var app = await build([.. Defaults(), .. settings]);
        await app.StartAsync(cancellationToken);

        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = GatewayAddress(app) };
        if (app.Configuration[ApiKey] is { Length: > 0 } key) http.DefaultRequestHeaders.Add("X-API-Key", key);
        var client = new DemoClient(http, app.Services.GetRequiredService<TimeProvider>());
        DemoRound[] rounds =
        [
            await client.OneAfterAnotherAsync("cold", cancellationToken),
            await client.OneAfterAnotherAsync("again", cancellationToken),
            await client.AllAtOnceAsync("all at once", cancellationToken),
        ];

        Console.WriteLine(DemoReport.Of(rounds));
        await app.StopAsync(cancellationToken);
        return rounds.All(round => round.Results.All(result => result.Failure is null)) ? 0 : 1;
    }

    /// <summary>
    /// Free ports, so that the demo can run beside a gateway; a cache generation of its own, so that an earlier run's Redis does not warm
    /// it.
    /// </summary>
    private static string[] Defaults() =>
    [
        "--environment=Development",
        "--Logging:LogLevel:Default=Warning",
        $"--{Listeners.UrlKey(Listeners.Gateway)}=http://127.0.0.1:0",
        $"--{Listeners.UrlKey(Listeners.Management)}=http://127.0.0.1:0",
        $"--Cache:Generation=demo-{Guid.NewGuid():N}",
    ];

    /// <summary>Kestrel lists its addresses in the order of the listeners' names; the gateway's comes first.</summary>
    private static Uri GatewayAddress(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
}
