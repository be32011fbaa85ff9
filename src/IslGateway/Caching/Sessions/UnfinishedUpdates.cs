using System.Collections.Concurrent;
using IslGateway.Content;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// Updates under way, whose second raise is still to come: a gateway that leaves makes it for them. As many as there are calls under way,
/// each with the users that its call knows anyway. Thread-safe.
/// </summary>
internal sealed class UnfinishedUpdates
{
    private readonly ConcurrentDictionary<Entry, byte> _entries = [];

    /// <summary>Whose beliefs they change, each user once.</summary>
    public IReadOnlyList<Digest> Users => [.. _entries.Keys.SelectMany(entry => entry.Users).Distinct()];

    /// <summary>How long the longest of them may yet be applied; zero if there is none.</summary>
    public TimeSpan UnsettledFor => _entries.Keys.Select(entry => entry.UnsettledFor).DefaultIfEmpty().Max();

    /// <summary>An update begins.</summary>
    /// <param name="users">Whose beliefs it changes; null: everyone's.</param>
    /// <param name="unsettledFor">How long ISL may yet apply it, when nobody waits for it any more.</param>
    /// <returns>To be disposed when the second raise has been made.</returns>
    public IDisposable Begin(IReadOnlyList<Digest>? users, TimeSpan unsettledFor)
    {
        var entry = new Entry(this, users ?? [SessionVersions.Everyone], unsettledFor);
        _entries[entry] = 0;
        return entry;
    }

    private sealed class Entry(UnfinishedUpdates owner, IReadOnlyList<Digest> users, TimeSpan unsettledFor) : IDisposable
    {
        public IReadOnlyList<Digest> Users => users;

        public TimeSpan UnsettledFor => unsettledFor;

        public void Dispose() => owner._entries.TryRemove(this, out _);
    }
}
