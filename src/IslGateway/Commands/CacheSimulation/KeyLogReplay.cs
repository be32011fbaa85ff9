using IslGateway.Telemetry.KeyLogging;

namespace IslGateway.Commands.CacheSimulation;

/// <summary>Reads key logs once, and replays them under every combination at the same time, beside what really happened.</summary>
internal sealed class KeyLogReplay(IReadOnlyList<CacheReplay> replays)
{
    /// <summary>The most different questions that are counted: about 100 MB.</summary>
    public const int MostQuestions = 4_000_000;

    private readonly HashSet<(ulong Key, uint Epoch)> _questions = [];

    public IReadOnlyList<CacheReplay> Replays { get; } = replays;

    public EndpointFigures Measured { get; } = new();

    public long Requests { get; private set; }

    /// <summary>Times of the first and the last request, in seconds since 1970.</summary>
    public (double From, double To) Span { get; private set; }

    /// <summary>Different questions, at most <see cref="MostQuestions"/>; another configuration of ISL makes another one.</summary>
    public int Questions => _questions.Count;

    /// <summary>Lines that could not be read.</summary>
    public long Damaged { get; private set; }

    /// <summary>Where the first of them stands: file and line.</summary>
    public string? FirstDamaged { get; private set; }

    /// <summary>Replays a file.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="file">Its bytes.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public void Take(string name, Stream file, CancellationToken cancellationToken)
    {
        var lines = new LogLines(file);
        while (lines.TryRead(out var line))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (KeyLogLine.TryParse(line, out var request)) Take(request);
            else if (KeyLogHead.Parse(line) is { } head) Take(head);
            else if (Damaged++ == 0) FirstDamaged = $"{name}:{lines.Number}";
        }
    }

    private void Take(KeyLogHead head)
    {
        foreach (var replay in Replays) replay.Take(head);
    }

    private void Take(KeyLogLine line)
    {
        Span = Requests++ == 0 ? (line.At, line.At) : (Math.Min(Span.From, line.At), Math.Max(Span.To, line.At));
        if (line is { Key: { } key, Epoch: { } epoch } && _questions.Count < MostQuestions) _questions.Add((key, epoch));
        Measured.Of(line.Row).Measure(line);
        foreach (var replay in Replays) replay.Take(line);
    }
}
