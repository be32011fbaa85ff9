namespace IslGateway.Caching.Epochs;

/// <summary>A good poll's body, as it came.</summary>
internal sealed class HealthPoll(ReadOnlyMemory<byte> body, TimeProvider time)
{
    private readonly long _at = time.GetTimestamp();

    public ReadOnlyMemory<byte> Body => body;

    /// <summary>Time since it was complete.</summary>
    public TimeSpan Age => time.GetElapsedTime(_at);
}
