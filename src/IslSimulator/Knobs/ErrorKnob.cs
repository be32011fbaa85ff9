namespace IslSimulator.Knobs;

/// <summary>An error played instead of an answer.</summary>
/// <param name="Status">The HTTP status, 400 to 599.</param>
/// <param name="Count">How often; null is always.</param>
/// <param name="Path">The path that it is for; null is every path except health.</param>
public sealed record ErrorKnob(int Status, int? Count, string? Path)
{
    private readonly CountDown _left = new(Count);

    /// <summary>How often it is still played; null is always.</summary>
    public long? Left => _left.Left;

    internal bool TryTake(string path, bool isHealth) => (Path is null ? !isHealth : Path == path) && _left.TryTake();
}
