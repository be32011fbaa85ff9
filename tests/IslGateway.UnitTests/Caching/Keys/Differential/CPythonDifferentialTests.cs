using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IslGateway.Content;

namespace IslGateway.UnitTests.Caching.Keys.Differential;

/// <summary>
/// The canonicaliser against CPython's own <c>json</c>, where <c>python3</c> is on the path: bodies have one key if and only if
/// <c>json.dumps(json.loads(body))</c> is one text, with and without <c>sort_keys</c>, over all bodies of a run; and a body has none if and
/// only if Python refuses it or reads it otherwise than the product can.
/// </summary>
public sealed class CPythonDifferentialTests(ITestOutputHelper output)
{
    private const int BodiesPerSeed = 30_000;
    private const int Batch = 5_000;

    private static readonly int[] FixedSeeds = [20, 23, 2026];

    [Fact]
    public void Keys_OverAHundredThousandBodies_StandOneToOneWithWhatPythonReads()
    {
        using var reader = Readers.Any();
        var comparison = new Comparison(reader, Product);
        foreach (var seed in FixedSeeds.Append(RandomNumberGenerator.GetInt32(int.MaxValue)))
        {
            output.WriteLine($"seed {seed}");
            var bodies = new Families(seed).Bodies().Take(BodiesPerSeed).Chunk(Batch);
            if (bodies.Select(comparison.Add).FirstOrDefault(found => found is not null) is { } contradiction)
            {
                var smallest = new Minimiser(reader, Product).Minimise(contradiction);
                Assert.Fail($"seed {seed}, against {reader.Name}: {smallest}\nas found: {contradiction}");
            }
        }

        output.WriteLine($"{comparison.Bodies} bodies against {reader.Name}: {comparison.Keyed} keyed, "
            + $"{comparison.Respelled} of them respelled; refused: "
            + string.Join(", ", comparison.Refused.Select(why => $"{why.Key} {why.Value}")));
        Assert.InRange(comparison.Bodies, 100_000, int.MaxValue);
        Assert.InRange(comparison.Keyed, comparison.Bodies / 2, comparison.Bodies);
        Assert.InRange(comparison.Respelled, comparison.Bodies / 4, comparison.Bodies);
        if (reader is CPythonReader)
            Assert.All(Reasons, why => Assert.InRange(comparison.Refused.GetValueOrDefault(why), 100, comparison.Bodies));
    }

    private static readonly Inexact[] Reasons =
        [Inexact.Encoding, Inexact.DuplicateKey, Inexact.NotFinite, Inexact.LoneSurrogate, Inexact.Deep, Inexact.NotRead];

    public static TheoryData<string> Wrongs => [.. WrongKeyers.Keys];

    /// <summary>Each is the product's canonicaliser but for one mistake that others make.</summary>
    private static readonly Dictionary<string, (Keyer Keyer, Disagreement Shows)> WrongKeyers = new()
    {
        ["refuses all"] = (static (byte[] _, bool _, out Digest key) => (key = default) != default, Disagreement.RefusedThoughExact),
        ["the bytes as they are"] = (static (byte[] body, bool sorted, out Digest key) =>
            Product(body, sorted, out key) && (key = Digest.Of(body)) != default, Disagreement.TwoKeysForOne),
        ["never sorts"] = (static (byte[] body, bool _, out Digest key) => Product(body, false, out key), Disagreement.TwoKeysForOne),
        ["always sorts"] = (static (byte[] body, bool _, out Digest key) => Product(body, true, out key), Disagreement.SameKeyForTwo),
        ["composes characters"] = (static (byte[] body, bool sorted, out Digest key) =>
        {
            key = Digest.Of(
                Encoding.UTF8.GetBytes(PythonJson.Dumps(body, sorted)?.Replace("e\\u0301", "\\u00e9", StringComparison.Ordinal) ?? ""));
            return Product(body, sorted, out _);
        }, Disagreement.SameKeyForTwo),
        ["drops byte order marks"] = (Reading(static text => text.TrimStart('\ufeff')), Disagreement.KeyedThoughInexact),
        ["1 is 1.0"] = (Reading(static text => text == "1.0" ? "1" : text), Disagreement.SameKeyForTwo),
        ["-0.0 is 0.0"] = (Reading(static text => text == "-0.0" ? "0.0" : text), Disagreement.SameKeyForTwo),
        ["mends surrogates"] = (Reading(
            static text => text.Replace("\"\\ud800\"", "\"\\ufffd\"", StringComparison.Ordinal)), Disagreement.KeyedThoughInexact),
        ["integers as doubles"] = (Reading(static text =>
            text.Trim() is "9007199254740993" ? "9007199254740992" : text), Disagreement.SameKeyForTwo),
        ["refuses 1e23"] = (static (byte[] body, bool sorted, out Digest key) =>
            Product(body, sorted, out key) && !Encoding.UTF8.GetString(body).Contains("1e23", StringComparison.Ordinal),
            Disagreement.RefusedThoughExact),
    };

    [Theory]
    [MemberData(nameof(Wrongs))]
    public void Comparison_AWrongCanonicaliser_IsCaughtByASmallExample(string wrong)
    {
        using var reader = Readers.Any();
        var (keyer, shows) = WrongKeyers[wrong];
        var comparison = new Comparison(reader, keyer);

        var found = new Families(FixedSeeds[0]).Bodies().Take(BodiesPerSeed).Chunk(Batch).Select(comparison.Add)
            .FirstOrDefault(found => found is not null);

        Assert.NotNull(found);
        var smallest = new Minimiser(reader, keyer).Minimise(found);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{smallest}\nfrom {found.Body.Length} bytes"));
        Assert.Equal(shows, smallest.What);
        Assert.InRange(smallest.Body.Length, 0, 48);
    }

    /// <summary>So that the tests that know only the oracle are as good as those with CPython.</summary>
    [Fact]
    public void Oracle_AgainstCPython_SaysTheSame()
    {
        using var reader = Readers.Any();
        var bodies = new Families(FixedSeeds[1]).Bodies().Take(BodiesPerSeed / 3).ToList();

        reader.Begin(bodies);
        var expected = reader.Readings();

        output.WriteLine(reader.Name);
        for (var i = 0; i < bodies.Count; i++)
        {
            var oracle = OracleReader.Read(bodies[i]);
            Assert.True(
                (oracle.Why == Inexact.None) == (expected[i].Why == Inexact.None),
                $"{expected[i].Why}: {Convert.ToHexStringLower(bodies[i])}");
            if (oracle.Why == Inexact.None) Assert.True(oracle == expected[i], Encoding.UTF8.GetString(bodies[i]));
        }
    }

    private static bool Product(byte[] body, bool sortKeys, out Digest key) => CanonicalDigest.TryMake(body, sortKeys, null, out key);

    /// <summary>The product, given another text to read.</summary>
    private static Keyer Reading(Func<string, string> change) => (byte[] body, bool sortKeys, out Digest key) =>
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body);
            return Product(Encoding.UTF8.GetBytes(change(text)), sortKeys, out key);
        }
        catch (DecoderFallbackException)
        {
            key = default;
            return false;
        }
    };
}
