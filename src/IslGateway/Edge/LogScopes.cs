using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace IslGateway.Edge;

/// <summary>
/// Whether log lines show the scopes that they are written in (<c>Logging:Console:FormatterOptions:IncludeScopes</c>). A scope that none
/// shows would be carried through every step of a request for nothing.
/// </summary>
internal sealed class LogScopes(
    IOptionsMonitor<SimpleConsoleFormatterOptions> simple, IOptionsMonitor<JsonConsoleFormatterOptions> json,
    IOptionsMonitor<ConsoleFormatterOptions> plain)
{
    public bool AreWritten => simple.CurrentValue.IncludeScopes || json.CurrentValue.IncludeScopes || plain.CurrentValue.IncludeScopes;
}
