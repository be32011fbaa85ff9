using Microsoft.Extensions.Configuration.Json;

namespace IslGateway.Settings.Reading;

/// <summary>A file of settings that is read again when it changes, and keeps what it said last while it cannot be read.</summary>
internal sealed class HeldJsonSource : JsonConfigurationSource
{
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new HeldJsonFile(this);
    }
}
