using System.Text;

namespace IslGateway.Telemetry.KeyLogging;

/// <summary>
/// A file that is appended to, readable for its owner alone. From a size on it is renamed to its name with <c>.1</c>, in place of an older
/// one, and begun anew. Not thread-safe.
/// </summary>
internal sealed class KeyLogFile(string path) : IDisposable
{
    private FileStream? _file;
    private string _head = "";

    public string Path { get; } = path;

    /// <summary>Appends text, and before it the head where the file was opened just now or has another one.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be.</exception>
    public async Task AppendAsync(string head, string text, long limit, CancellationToken cancellationToken)
    {
        // Somebody may have moved or removed it, as tools that rotate logs do.
        if (_file is null || !File.Exists(Path)) Open();
        if (_file!.CanSeek && _file.Length + text.Length > limit && _file.Length > 0)
        {
            Dispose();
            File.Move(Path, Path + ".1", overwrite: true);
            Open();
        }

        if (head != _head) text = head + text;
        await _file.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        _head = head;
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Open()
    {
        Dispose();
        _head = "";
        var options = new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.Read | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new FileStream(Path, options);
    }
}
