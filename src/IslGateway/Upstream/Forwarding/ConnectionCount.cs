using System.Diagnostics.Metrics;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Counts the connections of one gateway's proxy client by .NET's own metrics. The client's meter is made by this factory, which tells it
/// apart from those of health polls and of other gateways in the process.
/// </summary>
internal sealed class ConnectionCount : IMeterFactory
{
    private const string Connections = "http.client.open_connections";
    private const string State = "http.connection.state";

    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, Meter> _meters = [];
    private long _active;
    private long _idle;

    public ConnectionCount()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this) && instrument.Name == Connections)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(Take);
        _listener.Start();
    }

    /// <summary>Connections that carry a call.</summary>
    public long Active => Volatile.Read(ref _active);

    /// <summary>Connections that are idle.</summary>
    public long Idle => Volatile.Read(ref _idle);

    public Meter Create(MeterOptions options)
    {
        lock (_meters)
        {
            // Pools come and go, but one instrument counts the connections of all.
            if (_meters.TryGetValue(options.Name, out var meter)) return meter;
            options.Scope = this;
            return _meters[options.Name] = new Meter(options);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_meters)
        {
            foreach (var meter in _meters.Values) meter.Dispose();
        }
    }

    private void Take(Instrument instrument, long change, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        foreach (var tag in tags)
        {
            if (tag.Key != State) continue;
            if (tag.Value is "active") Interlocked.Add(ref _active, change);
            else if (tag.Value is "idle") Interlocked.Add(ref _idle, change);
        }
    }
}
