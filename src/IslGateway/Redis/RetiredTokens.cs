using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>
/// Tokens that this gateway has left behind. A Redis that failed over, or was restored, may bring one back, and with it the answers that a
/// purge had made unreachable. Bounded; not thread-safe.
/// </summary>
internal sealed class RetiredTokens
{
    /// <summary>About 100 bytes each.</summary>
    private const int Capacity = 4_096;

    private readonly HashSet<Digest> _tokens = [];
    private readonly Queue<Digest> _order = new();

    public bool Contains(Digest token) => _tokens.Contains(token);

    public void Add(Digest token)
    {
        if (!_tokens.Add(token)) return;
        _order.Enqueue(token);
        if (_order.Count > Capacity) _tokens.Remove(_order.Dequeue());
    }
}
