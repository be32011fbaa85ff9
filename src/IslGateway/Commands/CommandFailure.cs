namespace IslGateway.Commands;

/// <summary>A command cannot do what it was asked for: ends it with an exit code, and the message on standard error.</summary>
internal sealed class CommandFailure(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
