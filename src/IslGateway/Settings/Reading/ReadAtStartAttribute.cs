namespace IslGateway.Settings.Reading;

/// <summary>Marks a setting whose change takes a restart; every other one is followed while the gateway runs.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ReadAtStartAttribute : Attribute;
