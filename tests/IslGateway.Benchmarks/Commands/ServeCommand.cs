using System.CommandLine;
using IslGateway.Benchmarks.Serving;

namespace IslGateway.Benchmarks.Commands;

/// <summary>What <c>compare</c> starts in processes of their own.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var kind = new Argument<ServerKind>("kind");
        var port = new Option<int>("--port") { Required = true };
        var upstream = new Option<string>("--upstream") { Required = true };
        var command = new Command("serve", "Runs one of the servers that the gateway is compared with.") { kind, port, upstream };
        command.Hidden = true;
        command.SetAction((parsed, cancellationToken) => KestrelHost.RunAsync(
            parsed.GetValue(kind), parsed.GetValue(port), parsed.GetValue(upstream)!, cancellationToken));
        return command;
    }
}
