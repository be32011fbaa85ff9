namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>How a program ended, and the last lines that it wrote to standard output and standard error.</summary>
internal sealed record ProcessResult(int ExitCode, string Output);
