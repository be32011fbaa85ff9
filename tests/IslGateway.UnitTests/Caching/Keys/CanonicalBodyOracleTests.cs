using System.Text;
using IslGateway.Caching.Keys;

namespace IslGateway.UnitTests.Caching.Keys;

/// <summary>Two bodies have one digest if and only if Python reads the same from both. Seeds are fixed and named in each failure.</summary>
public sealed class CanonicalBodyOracleTests
{
    private const int Cases = 4000;

    private static readonly string[][] Pointers =
    [
        ["a"], ["b", "*"], ["*", "distribution"], ["*", "*", "aa"], ["12345678", "a", "0"], ["0"], ["é", "é"], ["*", "*", "*", "*", "*"],
    ];

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Digest_SameValueSpelledTwice_IsEqualExactlyWhenPythonAgrees(int seed, bool sortKeys)
    {
        var equal = Compare(seed, sortKeys, speller =>
        {
            var document = speller.Document();
            return (Bytes(speller.Spell(document, permuted: sortKeys)), Bytes(speller.Spell(document, permuted: sortKeys)));
        });

        Assert.InRange(equal, Cases / 2, Cases);
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void Digest_NearMiss_IsEqualExactlyWhenPythonAgrees(int seed, bool sortKeys)
    {
        var equal = Compare(seed, sortKeys, speller =>
        {
            var document = speller.Document();
            return (Bytes(speller.Spell(document, permuted: false)), Bytes(speller.Spell(speller.NearMiss(document), permuted: false)));
        });

        Assert.InRange(equal, 1, Cases / 2);
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public void Digest_DamagedBytes_AreRefusedOrDistinguishedAsInPython(int seed, bool sortKeys)
    {
        var equal = Compare(seed, sortKeys, speller =>
        {
            var body = Bytes(speller.Spell(speller.Document()));
            return (body, speller.Damage(body));
        });

        Assert.InRange(equal, 1, Cases / 2);
    }

    [Theory]
    [InlineData(7, true)]
    [InlineData(8, false)]
    public void Digest_IgnoredMembers_IsEqualExactlyWhenPythonAgreesWithoutThem(int seed, bool sortKeys)
    {
        var random = new Random(seed + 1000);
        string[][] pointers = [];
        var equal = Compare(
            seed,
            sortKeys,
            speller =>
            {
                pointers = [.. Pointers.Where(_ => random.Next(3) == 0)];
                var document = new List<object?> { speller.Document(), speller.Document() }.Find(made => made is not null);
                return (Bytes(speller.Spell(document, permuted: false)), Bytes(speller.Spell(speller.NearMiss(document), permuted: false)));
            },
            () => pointers);

        Assert.InRange(equal, 1, Cases);
    }

    [Theory]
    [InlineData(9, true)]
    [InlineData(10, false)]
    public void CanonicalBytes_ManyDocuments_StandOneToOneWithPythonsText(int seed, bool sortKeys)
    {
        var speller = new JsonSpeller(new Random(seed));
        var bytesOf = new Dictionary<string, string>();
        var textOf = new Dictionary<string, string>();
        using var buffer = new CanonicalBuffer();
        for (var i = 0; i < Cases; i++)
        {
            // Depth 4 makes small documents, which meet each other often.
            var body = Bytes(speller.Spell(speller.Document(4)));
            var text = PythonJson.Dumps(body, sortKeys);
            Assert.True((text is not null) == CanonicalBody.TryWrite(body, sortKeys, null, buffer), Named(seed, i, body));
            if (text is null)
                continue;

            var bytes = Convert.ToHexString(buffer.Written);
            Assert.True(bytesOf.TryAdd(text, bytes) || bytesOf[text] == bytes, Named(seed, i, body));
            Assert.True(textOf.TryAdd(bytes, text) || textOf[bytes] == text, Named(seed, i, body));
        }

        Assert.InRange(textOf.Count, Cases / 10, Cases - 1);
    }

    private static int Compare(
        int seed, bool sortKeys, Func<JsonSpeller, (byte[] Left, byte[] Right)> pair, Func<string[][]>? pointers = null)
    {
        var speller = new JsonSpeller(new Random(seed));
        var equal = 0;
        for (var i = 0; i < Cases; i++)
        {
            var (left, right) = pair(speller);
            var ignored = pointers?.Invoke() ?? [];
            var leftText = PythonJson.Dumps(left, sortKeys, ignored);
            var rightText = PythonJson.Dumps(right, sortKeys, ignored);
            var compiled = IgnoredFields.Compile(ignored);

            var leftRead = CanonicalDigest.TryMake(left, sortKeys, compiled, out var leftDigest);
            Assert.True((leftText is not null) == leftRead, Named(seed, i, left));
            var rightRead = CanonicalDigest.TryMake(right, sortKeys, compiled, out var rightDigest);
            Assert.True((rightText is not null) == rightRead, Named(seed, i, right));
            if (leftText is null || rightText is null)
                continue;

            Assert.True((leftText == rightText) == (leftDigest == rightDigest), Named(seed, i, left) + "\nand " + Named(seed, i, right));
            equal += leftText == rightText ? 1 : 0;
        }

        return equal;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Named(int seed, int index, byte[] body) => $"seed {seed}, case {index}: {Encoding.UTF8.GetString(body)}";
}
