using Microsoft.AspNetCore.Connections;

namespace IslGateway.Commands;

/// <summary>Serves until told to stop.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(
        Func<string[], Task<WebApplication>> build, string[] settings, CancellationToken cancellationToken)
    {
        using var secondSignal = new SecondSignal();
        await using var app = await build(settings);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync(Banner.AddressTaken(app, e.Message));
            return 1;
        }

        Console.WriteLine(Banner.Of(app));
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }
}
