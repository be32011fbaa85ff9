using IslGateway.Content;

namespace IslGateway.UnitTests.Caching.Keys.Differential;

/// <summary>
/// Holds a canonicaliser to a reader over all bodies that it was ever given: keyed if and only if exact, and one to one between keys and
/// texts, so that any two bodies of the whole set are compared.
/// </summary>
internal sealed class Comparison(IReader reader, Keyer keyer)
{
    private static readonly bool[] Orders = [true, false];

    private readonly Dictionary<(bool SortKeys, Digest Key), (UInt128 Text, byte[] Body)> _texts = [];
    private readonly Dictionary<(bool SortKeys, UInt128 Text), (Digest Key, byte[] Body)> _keys = [];

    /// <summary>Bodies seen.</summary>
    public int Bodies { get; private set; }

    /// <summary>Those that have a key.</summary>
    public int Keyed { get; private set; }

    /// <summary>Those among them that read as one seen before that is spelled otherwise.</summary>
    public int Respelled { get; private set; }

    /// <summary>How often each reason not to key a body was met.</summary>
    public Dictionary<Inexact, int> Refused { get; } = [];

    /// <summary>The first contradiction that these bodies show, among themselves or with an earlier one.</summary>
    public Contradiction? Add(IReadOnlyList<byte[]> bodies)
    {
        reader.Begin(bodies);
        var keys = bodies.Select(KeysOf).ToArray();
        var readings = reader.Readings();
        Contradiction? first = null;
        for (var i = 0; i < bodies.Count && first is null; i++)
        {
            Count(bodies[i], readings[i]);
            first = Contradicted(bodies[i], keys[i], readings[i]);
        }

        return first;
    }

    private void Count(byte[] body, Reading reading)
    {
        Bodies++;
        if (reading.Why == Inexact.None)
        {
            Keyed++;
            if (_keys.TryGetValue((true, reading.Sorted), out var seen) && !seen.Body.AsSpan().SequenceEqual(body)) Respelled++;
        }

        foreach (var why in Enum.GetValues<Inexact>().Where(why => why != Inexact.None && reading.Why.HasFlag(why)))
            Refused[why] = Refused.GetValueOrDefault(why) + 1;
    }

    private Contradiction? Contradicted(byte[] body, (bool Keyed, Digest Key)[] keys, Reading reading)
    {
        for (var i = 0; i < Orders.Length; i++)
        {
            var (keyed, key) = keys[i];
            if (keyed != (reading.Why == Inexact.None))
                return new Contradiction(keyed ? Disagreement.KeyedThoughInexact : Disagreement.RefusedThoughExact, Orders[i], body, null);
            if (!keyed) continue;

            var text = reading.Text(Orders[i]);
            if (!_texts.TryAdd((Orders[i], key), (text, body)) && _texts[(Orders[i], key)] is var before && before.Text != text)
                return new Contradiction(Disagreement.SameKeyForTwo, Orders[i], body, before.Body);
            if (!_keys.TryAdd((Orders[i], text), (key, body)) && _keys[(Orders[i], text)] is var same && same.Key != key)
                return new Contradiction(Disagreement.TwoKeysForOne, Orders[i], body, same.Body);
        }

        return null;
    }

    private (bool Keyed, Digest Key)[] KeysOf(byte[] body) => [.. Orders.Select(order => (keyer(body, order, out var key), key))];
}
