using System.Text.Json;
using Microsoft.Extensions.Configuration.Json;

namespace IslGateway.Settings.Reading;

/// <summary>
/// A file of settings that keeps what it said last while it cannot be read. .NET's own empties itself when a changed file is no JSON, and
/// tells nobody: the next change of any other source would then be taken with defaults in place of the whole file.
/// </summary>
internal sealed class HeldJsonFile(JsonConfigurationSource source) : JsonConfigurationProvider(source)
{
    private bool _wasRead;
    private string? _fault;

    /// <summary>The file's name.</summary>
    public string Name => Source.Path ?? "";

    /// <summary>What is wrong with the file as it is now; null: it was read, or is not there any more.</summary>
    public string? Fault => _fault is not null && Source.FileProvider?.GetFileInfo(Name).Exists == true ? _fault : null;

    public override void Load(Stream stream)
    {
        try
        {
            base.Load(stream);
            (_wasRead, _fault) = (true, null);
        }
        catch (FormatException e) when (_wasRead)
        {
            _fault = Of(e);
        }
    }

    /// <summary>Where a file breaks the notation; nothing of what it holds but names.</summary>
    private static string Of(FormatException e) => e.InnerException is JsonException { LineNumber: { } line, BytePositionInLine: { } place }
        ? $"is no valid JSON: line {line + 1}, byte {place + 1}"
        : $"is no JSON of settings: {e.Message}";
}
