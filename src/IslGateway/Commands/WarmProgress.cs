using System.Globalization;
using System.Text.Json.Nodes;

namespace IslGateway.Commands;

/// <summary>
/// Shows how far a warming is: on a terminal a bar, and a line for each request that is not stored; else a line for each, or as JSON what
/// the gateway says.
/// </summary>
/// <param name="total">How many lines there are, where that is known.</param>
/// <param name="isJson">Whether JSON was asked for.</param>
internal sealed class WarmProgress(long? total, bool isJson)
{
    private const int Width = 30;

    private readonly bool _hasBar = !isJson && !Console.IsOutputRedirected && !Console.IsErrorRedirected;
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal)
    {
        ["warmed"] = 0,
        ["known"] = 0,
        ["failed"] = 0,
        ["malformed"] = 0,
    };

    private long _seen;
    private long _farthest;
    private bool _isAnonymous;

    /// <summary>Why the warming ended before its last line; null: it did not.</summary>
    public string? Stopped { get; private set; }

    /// <summary>Whether the gateway has said the last word on what it was sent last.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether every request of the list is stored now.</summary>
    public bool IsWhole => Stopped is null && _counts["failed"] == 0 && _counts["malformed"] == 0;

    /// <summary>Takes what the gateway says of one line.</summary>
    /// <param name="said">The line.</param>
    /// <param name="before">How many lines the gateway does not know of.</param>
    public void Take(JsonObject said, long before)
    {
        IsDone = said["done"] is not null;
        if (IsDone)
        {
            foreach (var kind in _counts.Keys) _counts[kind] += said[kind]!.GetValue<long>();
            _isAnonymous |= said["anonymous"] is not null;
            Stopped = (string?)said["stopped"];
            return;
        }

        var line = said["line"]!.GetValue<long>() + before;
        said["line"] = line;
        _seen++;
        _farthest = Math.Max(_farthest, line);
        var isStored = (string?)said["cache_status"] is { } cache
            && (cache.Contains("; stored", StringComparison.Ordinal) || cache.Contains("; hit", StringComparison.Ordinal)
                || cache.Contains("; collapsed", StringComparison.Ordinal));
        if (isJson) Console.WriteLine(said.ToJsonString());
        else if (!_hasBar) Console.WriteLine(Words(said, line));
        else ShowBar(isStored ? null : Words(said, line));
    }

    /// <summary>Says what came of it.</summary>
    public void End()
    {
        if (isJson)
        {
            var report = new JsonObject { ["done"] = true };
            foreach (var (kind, count) in _counts) report[kind] = count;
            if (_isAnonymous) report["anonymous"] = true;
            if (Stopped is not null) report["stopped"] = Stopped;
            Console.WriteLine(report.ToJsonString());
            return;
        }

        if (_hasBar) ClearBar();
        Console.WriteLine(string.Join(", ", _counts.Select(count => $"{count.Key} {count.Value.ToString(CultureInfo.InvariantCulture)}")));
        if (_isAnonymous)
            Console.WriteLine("It went without a credential: what is stored serves callers that send none. See Warming:Credentials.");
        if (Stopped is not null) Console.Error.WriteLine($"It stopped before the last line: {Stopped}.");
    }

    private static string Words(JsonObject said, long line)
    {
        var whose = said["credential"] is { } credential ? $" (credential {credential})" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"line {line}{whose}: {(string?)said["error"] ?? $"{said["status"]}, {(string?)said["cache_status"]}"}");
    }

    private void ShowBar(string? bad)
    {
        if (bad is not null)
        {
            ClearBar();
            Console.WriteLine(bad);
        }

        if (total is { } all and > 0)
        {
            var done = (int)(Math.Min(_farthest, all) * Width / all);
            Console.Error.Write($"\r[{new string('#', done)}{new string('.', Width - done)}] {_farthest} of {all} lines");
        }
        else
        {
            Console.Error.Write($"\r{_seen} lines");
        }
    }

    private static void ClearBar() => Console.Error.Write("\r" + new string(' ', Width + 40) + "\r");
}
