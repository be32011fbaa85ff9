using System.Collections.Concurrent;
using System.Text;
using IslGateway.FunctionalTests.RedisFaults;

[assembly: AssemblyFixture(typeof(FaultTable))]

namespace IslGateway.FunctionalTests.RedisFaults;

/// <summary>
/// The figures of all faults, written as one table to <c>reports/redis-trouble.txt</c> beside the tests when the run ends; <c>.ci/run</c> prints it.
/// </summary>
public sealed class FaultTable : IDisposable
{
    private readonly ConcurrentQueue<string> _rows = new();
    private string _heading = "";

    public static string Path => System.IO.Path.Combine(AppContext.BaseDirectory, "reports", "redis-trouble.txt");

    internal void Add(FaultFigures figures)
    {
        _heading = FaultFigures.Heading;
        _rows.Enqueue(figures.ToString());
    }

    public void Dispose()
    {
        if (_rows.IsEmpty) return;
        var text = new StringBuilder("Redis trouble under steady load (by the gateway's own account; * what memory hits, which need no Redis, were slowed by the machine, as their caller saw it)\n");
        text.Append(_heading).Append('\n');
        foreach (var row in _rows.Order(StringComparer.Ordinal)) text.Append(row).Append('\n');
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, text.ToString());
        Console.WriteLine(text.ToString());
    }
}
