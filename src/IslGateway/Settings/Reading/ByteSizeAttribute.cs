namespace IslGateway.Settings.Reading;

/// <summary>Marks a number of bytes, written as bytes or with a unit (<c>256MiB</c>), and gives its inclusive range.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ByteSizeAttribute(string minimum, string maximum) : Attribute
{
    public string Minimum { get; } = minimum;

    public string Maximum { get; } = maximum;
}
