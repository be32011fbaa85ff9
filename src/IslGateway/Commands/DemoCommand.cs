using System.CommandLine;
using System.Text.Json;
using IslGateway.Commands.Demo;
using IslGateway.Edge;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Commands;

/// <summary>
/// Plays the guide's workflow through a gateway of its own: cold, again, and all requests at once; then its price points and its
/// validations: one by one without the cache, at once, and once more. Accepts any setting; <c>Demo:ApiKey</c> is sent as <c>X-API-Key</c>
/// to an ISL that needs one.
/// </summary>
internal static class DemoCommand
{
    public const string Notes = """
        Examples:
          islgateway demo
          islgateway demo --Isl:BaseUrl=http://isl:8000 --Demo:ApiKey=KEY

        Exit codes: 0 all requests were answered; 1 some failed; 2 the settings are wrong.
        """;

    private const string ApiKey = "Demo:ApiKey";

    private static readonly Option<bool> Json = new("--json") { Description = "The figures as JSON." };

    public static Command Create() =>
        new(
            "demo",
            "Plays the performance guide's workflow, sweep and parallel requests through a gateway of its own, and prints the figures.")
        {
            Json,
        };

    public static async Task<int> RunAsync(
        Func<string[], Task<WebApplication>> build, ParseResult given, string[] settings, CancellationToken cancellationToken)
    {
        await using var app = await build([.. Defaults(), .. settings]);
        await app.StartAsync(cancellationToken);

        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = GatewayAddress(app) };
        if (app.Configuration[ApiKey] is { Length: > 0 } key) http.DefaultRequestHeaders.Add("X-API-Key", key);
        var client = new DemoClient(http, app.Services.GetRequiredService<TimeProvider>());
        var workflow = DemoWorkflow.Requests;
        DemoRound[] rounds =
        [
            await client.OneAfterAnotherAsync("cold", workflow, isStored: true, cancellationToken),
            await client.OneAfterAnotherAsync("again", workflow, isStored: true, cancellationToken),
            await client.AllAtOnceAsync("all at once", workflow, cancellationToken),
        ];
        var patterns = new List<DemoPlay>();
        foreach (var pattern in DemoPatterns.All)
        {
            patterns.Add(new DemoPlay(
                pattern,
                await client.OneAfterAnotherAsync("one by one", pattern.Requests, isStored: false, cancellationToken),
                await client.AllAtOnceAsync("at once", pattern, cancellationToken),
                await client.AllAtOnceAsync("again", pattern, cancellationToken)));
        }

        Console.WriteLine(given.GetValue(Json)
            ? JsonSerializer.Serialize(DemoReport.ToJson(rounds, patterns))
            : DemoReport.Of(rounds, patterns));
        await app.StopAsync(cancellationToken);
        return rounds.Concat(patterns.SelectMany(play => play.Rounds)).All(round => round.Results.All(result => result.Failure is null))
            ? ExitCodes.Fine
            : ExitCodes.Failed;
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
