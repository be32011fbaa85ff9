using System.Diagnostics;

namespace IslGateway.Benchmarks.Load;

/// <summary>
/// Load from one thread over kept connections: on each the next request follows the answer (closed loop), or requests go out at a fixed
/// rate whatever the answers do (open loop; latency then counts from the moment that a request was due).
/// </summary>
internal sealed class LoadGenerator : IDisposable
{
    private const int CheckEvery = 64;
    private const int Silence = 20_000;

    private readonly List<LoadConnection> _connections;
    private readonly Readiness _readiness;
    private readonly List<int> _latencies = new(1 << 16);
    private int _checked;
    private int _waiting;

    public LoadGenerator(int port, int connections)
    {
        _connections = [.. Enumerable.Range(0, connections).Select(_ => new LoadConnection(port))];
        _readiness = new Readiness(_connections);
    }

    /// <summary>Closed loop for a time.</summary>
    /// <exception cref="WrongAnswerException">An answer was wrong.</exception>
    public LoadResult RunFor(TimeSpan time, RequestSource source, AnswerCheck check) =>
        Run(source, check, (_, now, start) => Stopwatch.GetElapsedTime(start, now) < time, CheckEvery);

    /// <summary>Closed loop for a number of requests, every answer checked.</summary>
    public LoadResult RunCount(long count, RequestSource source, AnswerCheck check, int checkEvery = 1) =>
        Run(source, check, (sent, _, _) => sent < count, checkEvery);

    /// <summary>Open loop. Where all connections are busy, requests go out late, and that counts.</summary>
    public LoadResult RunAtRate(int perSecond, TimeSpan time, RequestSource source, AnswerCheck check)
    {
        var start = Begin();
        var idle = new Stack<LoadConnection>(_connections);
        var gap = (double)Stopwatch.Frequency / perSecond;
        var total = (long)(time.TotalSeconds * perSecond);
        for (long sent = 0; sent < total || _waiting > 0;)
        {
            var due = start + (long)(sent * gap);
            if (sent < total && due <= Stopwatch.GetTimestamp() && idle.TryPop(out var free))
            {
                Send(free, source, due);
                sent++;
            }

            if (_readiness.Wait(0) == 0) continue;
            for (var i = 0; i < _connections.Count; i++)
            {
                if (_readiness.IsReady(i) && Receive(_connections[i], check, CheckEvery)) idle.Push(_connections[i]);
            }
        }

        return End(start);
    }

    public void Dispose() => _connections.ForEach(connection => connection.Dispose());

    private LoadResult Run(RequestSource source, AnswerCheck check, Func<long, long, long, bool> goesOn, int checkEvery)
    {
        var start = Begin();
        var sent = 0L;
        foreach (var connection in _connections)
        {
            if (!goesOn(sent, start, start)) break;
            Send(connection, source, Stopwatch.GetTimestamp());
            sent++;
        }

        while (_waiting > 0)
        {
            if (_readiness.Wait(Silence) == 0) throw new WrongAnswerException("the server is silent");
            for (var i = 0; i < _connections.Count; i++)
            {
                if (!_readiness.IsReady(i) || !Receive(_connections[i], check, checkEvery)) continue;
                var now = Stopwatch.GetTimestamp();
                if (!goesOn(sent, now, start)) continue;
                Send(_connections[i], source, now);
                sent++;
            }
        }

        return End(start);
    }

    private long Begin()
    {
        _latencies.Clear();
        _checked = 0;
        return Stopwatch.GetTimestamp();
    }

    private LoadResult End(long start)
    {
        var elapsed = Stopwatch.GetElapsedTime(start);
        int[] latencies = [.. _latencies];
        Array.Sort(latencies);
        return new LoadResult(elapsed, latencies, _checked);
    }

    private void Send(LoadConnection connection, RequestSource source, long now)
    {
        connection.Send(source, now);
        _waiting++;
    }

    private bool Receive(LoadConnection connection, AnswerCheck check, int checkEvery)
    {
        if (!connection.Receive(out var answer)) return false;
        _latencies.Add((int)Stopwatch.GetElapsedTime(connection.SentAt).TotalMicroseconds);
        _waiting--;
        if (_latencies.Count % checkEvery == 0 || answer.Status != 200)
        {
            _checked++;
            if (check.Fault(answer, connection.Number) is { } fault) throw new WrongAnswerException(fault);
        }

        return true;
    }
}
