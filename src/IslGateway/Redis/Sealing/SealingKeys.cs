using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Redis.Sealing;

/// <summary>
/// <c>Cache:EncryptionKeys</c> as they are now. They may be exchanged while the gateway runs, and come, but not go: a secret file that is
/// away while it is replaced must not have everything written in clear text.
/// </summary>
internal sealed class SealingKeys
{
    private readonly SettingsMonitor _settings;
    private volatile Reading _last = new([], null);

    public SealingKeys(SettingsMonitor settings)
    {
        _settings = settings;
        settings.Checking += next =>
        {
            if (settings.Current.Cache.EncryptionKeys.Length > 0 && next.Cache.EncryptionKeys.Length == 0)
            {
                throw new SettingsException(
                [
                    new("Cache:EncryptionKeys", null, "cannot be emptied while the gateway runs; to store in clear text takes a restart"),
                ]);
            }
        };
    }

    /// <summary>The keys; null: nothing is sealed.</summary>
    public SealingKeyRing? Current
    {
        get
        {
            // Settings are replaced as a whole: the same list is the same keys.
            var (texts, last) = (_settings.Current.Cache.EncryptionKeys, _last);
            if (ReferenceEquals(texts, last.Texts)) return last.Ring;
            var ring = texts.Length == 0 ? null : new SealingKeyRing([.. texts.Select(text => EncryptionKeyRules.Read(text)!)]);
            _last = new Reading(texts, ring);
            return ring;
        }
    }

    private sealed record Reading(string[] Texts, SealingKeyRing? Ring);
}
