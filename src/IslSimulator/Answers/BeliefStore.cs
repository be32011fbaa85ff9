namespace IslSimulator.Answers;

/// <summary>Beliefs by user id, for one or several simulators. Thread-safe.</summary>
public sealed class BeliefStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IReadOnlyList<string>> _responses = new(StringComparer.Ordinal);

    /// <summary>How often a user's beliefs were updated; 0 for a user without beliefs.</summary>
    public int Updates(string userId) => Read(userId).Count;

    public void Clear()
    {
        lock (_gate) _responses.Clear();
    }

    /// <summary>Digests of a user's answers, in order; the user's beliefs are computed from them.</summary>
    internal IReadOnlyList<string> Read(string userId)
    {
        lock (_gate) return _responses.GetValueOrDefault(userId, []);
    }

    internal IReadOnlyList<string> Add(string userId, string response)
    {
        lock (_gate) return _responses[userId] = [.. _responses.GetValueOrDefault(userId, []), response];
    }
}
