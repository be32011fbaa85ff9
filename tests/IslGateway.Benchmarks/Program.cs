using System.CommandLine;
using IslGateway.Benchmarks.Commands;

return await new RootCommand("Measures the gateway: beside other servers (compare), and piece by piece (micro).")
{
    CompareCommand.Create(), MicroCommand.Create(), ServeCommand.Create(), RedisGetCommand.Create(),
}.Parse(args).InvokeAsync(new InvocationConfiguration
{
    // Long enough to end the servers that were started.
    ProcessTerminationTimeout = TimeSpan.FromMinutes(1),
});
