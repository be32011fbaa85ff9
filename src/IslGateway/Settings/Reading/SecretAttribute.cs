namespace IslGateway.Settings.Reading;

/// <summary>Marks a setting whose value must not appear in any message; errors print <c>***</c> in its place.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : Attribute;
