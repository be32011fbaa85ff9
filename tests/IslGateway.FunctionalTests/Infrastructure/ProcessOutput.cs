using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>The last lines of a process, in bounded memory, and those who wait for one of them.</summary>
internal sealed class ProcessOutput
{
    private const int MaxLines = 1_000;
    private const int MaxLineLength = 4_000;

    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new();
    private readonly List<(Func<string, bool> Matches, TaskCompletionSource<string?> Found)> _waiting = [];
    private bool _ended;

    /// <summary>The first line, among those kept and those to come, that matches; null when the output ended without one.</summary>
    public Task<string?> FindAsync(Func<string, bool> matches)
    {
        lock (_gate)
        {
            if (_lines.FirstOrDefault(matches) is { } line)
                return Task.FromResult<string?>(line);
            if (_ended)
                return Task.FromResult<string?>(null);
            var found = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((matches, found));
            return found.Task;
        }
    }

    /// <summary>Reads to the end. Lines are cut here and not by the reader, which would hold a line of any length.</summary>
    public async Task ReadAsync(TextReader reader)
    {
        var buffer = new char[4_096];
        var line = new StringBuilder();
        int read;
        while ((read = await reader.ReadAsync(buffer)) > 0)
        {
            foreach (var character in buffer.AsSpan(0, read))
            {
                if (character == '\n')
                    Add(line);
                else if (character != '\r' && line.Length < MaxLineLength)
                    line.Append(character);
            }
        }

        if (line.Length > 0)
            Add(line);
    }

    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            foreach (var (_, found) in _waiting)
                found.TrySetResult(null);
            _waiting.Clear();
        }
    }

    public override string ToString()
    {
        lock (_gate)
            return string.Join('\n', _lines);
    }

    private void Add(StringBuilder builder)
    {
        var line = builder.ToString();
        builder.Clear();
        lock (_gate)
        {
            _lines.Enqueue(line);
            if (_lines.Count > MaxLines)
                _lines.Dequeue();
            _waiting.RemoveAll(waiter => waiter.Matches(line) && waiter.Found.TrySetResult(line));
        }
    }
}
