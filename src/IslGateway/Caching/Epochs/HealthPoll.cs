namespace IslGateway.Caching.Epochs;

/// <summary>The body of a successful poll, as received.</summary>
internal sealed class HealthPoll(ReadOnlyMemory<byte> body, TimeProvider time)
{
    private readonly long _at = time.GetTimestamp();

    public ReadOnlyMemory<byte> Body => body;

    /// <summary>Time since the body was complete.</summary>
    public TimeSpan Age => time.GetElapsedTime(_at);
}
