namespace IslGateway.Settings.Reading;

/// <summary>Lists the only words that a text setting may hold.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OneOfAttribute(params string[] words) : Attribute
{
    public IReadOnlyList<string> Words { get; } = words;
}
