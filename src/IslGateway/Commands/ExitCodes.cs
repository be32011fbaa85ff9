namespace IslGateway.Commands;

/// <summary>The exit codes of every command, besides 128 + N for one that signal N ended.</summary>
internal static class ExitCodes
{
    public const int Fine = 0;

    /// <summary>The answer is bad news, or there is none: the gateway cannot be reached, or refuses.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the settings are wrong, as shells use it.</summary>
    public const int Misused = 2;

    /// <summary>Ended by Ctrl-C.</summary>
    public const int Interrupted = 130;
}
