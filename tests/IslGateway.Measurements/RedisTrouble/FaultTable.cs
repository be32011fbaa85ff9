using System.Collections.Concurrent;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.FunctionalTests.RedisFaults;
using IslGateway.Measurements.RedisTrouble;

[assembly: AssemblyFixture(typeof(FaultTable))]

namespace IslGateway.Measurements.RedisTrouble;

/// <summary>The figures of all faults as one table: <c>reports/redis-trouble.txt</c> beside the tests.</summary>
public sealed class FaultTable : IDisposable
{
    private const string Name = "redis-trouble";
    private const string Heading =
        "Redis trouble under steady load (by each gateway's own account; control: one without Redis, asked the same: what slows it is the machine)\n";

    private readonly ConcurrentQueue<string> _rows = new();

    /// <summary>Adds a row, and says it at once, with the test.</summary>
    internal void Add(FaultFigures figures)
    {
        _rows.Enqueue(figures.ToString());
        Figures.Say(Name, figures.Summary);
    }

    public void Dispose()
    {
        if (_rows.IsEmpty) return;
        var text = new StringBuilder(Heading).Append(FaultFigures.Heading).Append('\n')
            .AppendJoin('\n', _rows.Order(StringComparer.Ordinal));
        Figures.Write(Name, text.ToString());
    }
}
