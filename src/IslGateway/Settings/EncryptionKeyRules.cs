using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>
/// The notation of <c>Cache:EncryptionKeys</c>. What is wrong with one is told by its place in the list, never by its text.
/// </summary>
internal static class EncryptionKeyRules
{
    /// <summary>Bytes of one key: 256 bits.</summary>
    public const int KeySize = 32;

    /// <summary>More than a rotation ever needs, and each of them opens what an attacker who has it has sealed.</summary>
    public const int MaxKeys = 8;

    private const string Name = "Cache:EncryptionKeys";

    /// <summary>The bytes of a key; null if the text is none.</summary>
    public static byte[]? Read(string text)
    {
        var key = new byte[KeySize];
        return Convert.TryFromBase64String(text, key, out var length) && length == KeySize ? key : null;
    }

    public static void Check(IReadOnlyList<string> texts, SettingsReport report)
    {
        if (texts.Count > MaxKeys) report.Add(Name, SettingsError.Hidden, $"must be at most {MaxKeys} keys, and is {texts.Count}");
        var keys = texts.Select(Read).ToArray();
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] is not { } key)
            {
                report.Add(
                    Name, SettingsError.Hidden,
                    $"each must be base64 of exactly {KeySize} bytes (openssl rand -base64 {KeySize}), which number {i + 1} is not");
            }
            else if (Array.FindIndex(keys, other => other.AsSpan().SequenceEqual(key)) is var first && first < i)
            {
                report.Add(Name, SettingsError.Hidden, $"each must be another, and number {i + 1} is the same as number {first + 1}");
            }
        }
    }
}
