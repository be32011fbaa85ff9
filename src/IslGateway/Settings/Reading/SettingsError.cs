namespace IslGateway.Settings.Reading;

/// <summary>One error in the settings.</summary>
/// <param name="Key">The key in configuration notation (<c>Cache:DefaultTtl</c>).</param>
/// <param name="Value">What was configured; <c>***</c> for a secret; null if nothing was or it must not be shown.</param>
/// <param name="Rule">What is expected instead.</param>
internal sealed record SettingsError(string Key, string? Value, string Rule)
{
    /// <summary>Stands for a value that must not be shown.</summary>
    public const string Hidden = "***";

    public override string ToString() => Value is null ? $"{Key}: {Rule}" : $"{Key} = \"{Value}\": {Rule}";
}
