using System.Collections.Concurrent;
using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>The fills of this gateway that wait for another's lease, to be woken when it ends. As many as there are such fills.</summary>
internal sealed class LeaseSignals
{
    private readonly ConcurrentDictionary<Digest, LeaseSignal> _signals = new();

    /// <summary>Keys that are listened for.</summary>
    public int Count => _signals.Count;

    /// <summary>Listens for a key until disposed. A second listener for the same key hears nothing, and has to look.</summary>
    public LeaseSignal Listen(Digest key)
    {
        var signal = new LeaseSignal(this, key);
        _signals.TryAdd(key, signal);
        return signal;
    }

    /// <summary>The lease of a key has ended somewhere.</summary>
    public void Raise(Digest key)
    {
        if (_signals.TryGetValue(key, out var signal)) signal.Raise();
    }

    internal void Remove(LeaseSignal signal) => _signals.TryRemove(KeyValuePair.Create(signal.Key, signal));
}
