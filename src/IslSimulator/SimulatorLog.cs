namespace IslSimulator;

internal static partial class SimulatorLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Simulated ISL {Build} listens on {Address}: its numbers are invented")]
    public static partial void Listening(ILogger logger, string build, Uri address);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A simulated computation failed on {Path}")]
    public static partial void ComputationFailed(ILogger logger, Exception exception, string path);
}
