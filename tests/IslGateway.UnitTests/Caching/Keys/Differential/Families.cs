using System.Text;

namespace IslGateway.UnitTests.Caching.Keys.Differential;

/// <summary>
/// Bodies in families, from one seed: a random document spelled three times, one that nearly is it, the same with small accidents to its
/// bytes, and one from a caller who means ill.
/// </summary>
internal sealed class Families
{
    private readonly JsonSpeller _speller;
    private readonly Hostility _hostility;
    private readonly Random _random;

    public Families(int seed)
    {
        _random = new Random(seed);
        _speller = new JsonSpeller(_random);
        _hostility = new Hostility(_random, _speller);
    }

    public IEnumerable<byte[]> Bodies()
    {
        while (true)
        {
            var document = _speller.Document(_random.Next(5));
            var plain = Bytes(_speller.Spell(document, permuted: false));
            yield return plain;
            yield return Bytes(_speller.Spell(document, permuted: false));
            yield return Bytes(_speller.Spell(document));
            yield return Bytes(_speller.Spell(_speller.NearMiss(document), permuted: false));
            yield return _speller.Damage(plain);
            yield return _hostility.Body(document);
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
