using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.UnitTests.Caching;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Redis;

public sealed class TokenSetTests : IDisposable
{
    private const string Hash = "islgw:v1:tokens:{scope}";
    private const long Now = 1_800_000_000_000_000;

    private static readonly Digest Ann = Digest.Of("ann"u8);

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new();
    private readonly TokenSet _tokens;
    private readonly Dictionary<string, byte[]> _redis = [];
    private string _server = "one";
    private long _now = Now;

    public TokenSetTests() => _tokens = _settings.Tokens(_time, areShared: true);

    private Digest All => _tokens.KeyOf(_settings.Row("CausalValidate")).Everything;

    [Fact]
    public void KeyOf_EachRow_HasATokenOfItsOwn()
    {
        var rows = _settings.Table.Rows.Where(row => row.IsCacheable).ToList();

        Assert.Equal(rows.Count, rows.Select(row => _tokens.KeyOf(row).Row).Distinct().Count());
        Assert.Single(rows.Select(row => _tokens.KeyOf(row).Everything).Distinct());
        Assert.Throws<ArgumentException>(() => _tokens.KeyOf(_settings.Row("Health")));
    }

    [Fact]
    public void Purge_NotShared_ReplacesItsTokenOnlyAndOwesNothing()
    {
        var alone = _settings.Tokens(_time);
        var (one, other) = (_settings.Row("CausalValidate"), _settings.Row("CausalCounterfactual"));
        var (before, otherBefore) = (alone.KeyOf(one), alone.KeyOf(other));

        alone.Purge(everything: false, [one]);

        Assert.NotEqual(before.Row, alone.KeyOf(one).Row);
        Assert.Equal((before.Everything, otherBefore), (alone.KeyOf(one).Everything, alone.KeyOf(other)));
        Assert.Empty(alone.OwedPurges);
    }

    [Fact]
    public void Purge_Shared_IsOwedUntilTheSamePurgeIsAcknowledged()
    {
        Agree();
        _tokens.Purge(everything: true, []);
        var first = Assert.Single(_tokens.Take(Reading()));
        _tokens.Purge(everything: true, []);
        var standing = All;

        _tokens.Acknowledge([first]);
        Assert.Equal(standing, All);
        Assert.Equal(["all"], _tokens.OwedPurges);

        var second = Assert.Single(_tokens.Take(Reading()));
        Assert.NotEqual(standing, second.Token);
        _tokens.Acknowledge([second]);
        Assert.Empty(_tokens.OwedPurges);
        Assert.Equal(second.Token, All);
    }

    [Fact]
    public void Purge_ClockOfRedisRunsBack_IsStillTheNewest()
    {
        Agree();
        Purge();
        _now -= 1_000_000;
        var (token, stamp) = Purge();
        Assert.True(stamp > Now);
        Assert.Equal(token, All);
    }

    [Fact]
    public void Take_NothingThere_WritesOwnTokensOlderThanAnyPurge()
    {
        var own = All;
        var writes = _tokens.Take(Reading());

        Assert.Contains("credentials", writes.Select(write => write.Mine.Field));
        Assert.All(writes, write => Assert.InRange(write.Stamp!.Value, 1, Now / 1_000));
        Assert.False(_tokens.WereRead);
        Carry(writes);
        Assert.Empty(_tokens.Take(Reading()));
        Assert.True(_tokens.WereRead);
        Assert.Equal(own, All);

        // Whoever comes later to a place where nothing stands comes after.
        _now += 2_000_000;
        Assert.All(_settings.Tokens(_time, areShared: true).Take(new TokenReading(Hash, _server, _now, new Dictionary<string, byte[]>())),
            write => Assert.True(write.Stamp < writes[0].Stamp));
    }

    [Fact]
    public void Take_KnowsNothing_AdoptsWhatStandsUnderThisServer()
    {
        var token = Put("all", Now - 5);
        _tokens.Take(Reading());
        Assert.Equal(token, All);
    }

    [Fact]
    public void Take_KnowsNothing_NeverAdoptsWhatStandsUnderAnotherServer()
    {
        var (own, token) = (All, Put("all", Now - 5, "another"));
        var write = Assert.Single(_tokens.Take(Reading()), write => write.Mine.Field == "all");

        Assert.Equal((own, own, Now - 6), (write.Token, All, write.Stamp));
        Assert.NotEqual(token, All);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("damaged")]
    [InlineData("another's")]
    [InlineData("older")]
    [InlineData("of an older snapshot")]
    [InlineData("of another server")]
    public void Take_KnowsTheNewest_KeepsItAndWritesItBack(string what)
    {
        var older = Agree();
        var (token, stamp) = Purge();
        var (newest, losses) = (_redis["all"], _tokens.Losses);
        switch (what)
        {
            case "missing":
                _redis.Clear();
                break;
            case "damaged":
                _redis["all"] = [1, 2, 3];
                break;
            case "another's":
                _redis["all"] = _redis["CausalValidate"];
                break;
            case "of another server":
                _server = "two";
                break;
            default:
                _redis["all"] = older;
                _server = what == "older" ? "one" : "two";
                break;
        }

        var reading = Reading();
        var write = Assert.Single(_tokens.Take(reading), write => write.Mine.Field == "all");

        Assert.Equal((token, stamp, what != "of another server", token), (write.Token, write.Stamp, write.IsLoss, All));
        Assert.Equal(what != "of another server", losses != _tokens.Losses);
        Assert.Equal(what is "damaged" or "another's" ? 1 : 0, reading.Damaged);
        Carry([write]);
        Assert.Equal(_server == "one", newest.SequenceEqual(_redis["all"]));
        Assert.DoesNotContain(_tokens.Take(Reading()), again => again.Mine.Field == "all");
    }

    [Fact]
    public void Take_AnotherServerHoldsSomethingNewer_CanVouchForNeither()
    {
        Agree();
        var (known, newer) = (All, Put("all", Now + 100));
        _server = "two";
        var write = Assert.Single(_tokens.Take(Reading()), write => write.Mine.Field == "all");

        Assert.DoesNotContain(write.Token, (Digest[])[known, newer]);
        Assert.Equal((write.Token, Now + 99), (All, write.Stamp));
    }

    [Fact]
    public void Take_TwoGatewaysWithTokensOfOneStamp_AgreeOnOne()
    {
        Agree();
        var other = _settings.Tokens(_time, areShared: true);
        Assert.Empty(other.Take(Reading()));
        var (mine, theirs) = (Put("all", Now + 1), Digest.Random());
        _tokens.Take(Reading());
        Put("all", Now + 1, token: theirs);
        other.Take(Reading());

        Carry(_tokens.Take(Reading()));
        Carry(other.Take(Reading()), other);

        Assert.Equal(All, other.KeyOf(_settings.Row("CausalValidate")).Everything);
        Assert.Contains(All, (Digest[])[mine, theirs]);
    }

    [Fact]
    public void Revoke_Credential_IsHeardByTheOthersAndEndsNobodyElsesProof()
    {
        Agree();
        var other = _settings.Tokens(_time, areShared: true);
        other.Take(Reading());
        var (ann, bob) = (other.ProofOf(Ann).Carried, other.ProofOf(default).Carried);
        _tokens.Revoke(Ann);
        Assert.NotEqual(ann, _tokens.ProofOf(Ann).Carried);
        Carry(_tokens.Take(Reading()));

        Assert.Empty(other.Take(Reading()));
        Assert.Equal(_tokens.ProofOf(Ann), other.ProofOf(Ann));
        Assert.NotEqual(ann, other.ProofOf(Ann).Carried);
        Assert.Equal(bob, other.ProofOf(default).Carried);
    }

    [Fact]
    public void Revoke_UnderAnotherSecret_EndsEveryProof()
    {
        Agree();
        using var secretive = new LiveSettings(("Cache:KeySecret", "a secret of sufficient length for anyone"));
        var other = secretive.Tokens(_time, areShared: true);
        other.Take(Reading());
        var bob = other.ProofOf(default).Carried;
        _tokens.Revoke(Ann);
        Carry(_tokens.Take(Reading()));

        other.Take(Reading());
        Assert.NotEqual(bob, other.ProofOf(default).Carried);
    }

    [Fact]
    public void Revoke_TooMany_ReplacesTheTokenOfAllAndRemovesTheirs()
    {
        Agree();
        for (var n = 0; n < 1_024; n++) _tokens.Revoke(Digest.Random());
        Carry(_tokens.Take(Reading()));
        var other = _settings.Tokens(_time, areShared: true);
        other.Take(Reading());
        Assert.Equal(1_024, _redis.Keys.Count(RedisNames.IsRevocation));

        _tokens.Revoke(Ann);
        Carry(_tokens.Take(Reading()));

        Assert.DoesNotContain(_redis.Keys, RedisNames.IsRevocation);
        Assert.Empty(other.Take(Reading()));
        Assert.Equal(_tokens.ProofOf(Ann).Carried, other.ProofOf(Ann).Carried);
    }

    public void Dispose() => _settings.Dispose();

    /// <summary>Redis gets this gateway's tokens.</summary>
    private byte[] Agree()
    {
        Carry(_tokens.Take(Reading()));
        Assert.Empty(_tokens.Take(Reading()));
        return _redis["all"];
    }

    private (Digest Token, long Stamp) Purge()
    {
        _tokens.Purge(everything: true, []);
        var write = Assert.Single(_tokens.Take(Reading()));
        Carry([write]);
        return (write.Token, write.Stamp!.Value);
    }

    private TokenReading Reading() => new(Hash, _server, _now, new Dictionary<string, byte[]>(_redis));

    private Digest Put(string field, long stamp, string? server = null, Digest? token = null)
    {
        var put = token ?? Digest.Random();
        _redis[field] = new TokenReading(Hash, server ?? _server, _now, _redis).Encode(field, put, stamp);
        return put;
    }

    /// <summary>Redis takes it.</summary>
    private void Carry(IReadOnlyList<TokenWrite> writes, TokenSet? of = null)
    {
        foreach (var write in writes)
        {
            if (write.Stamp is { } stamp) Put(write.Mine.Field, stamp, token: write.Token);
            else _redis.Remove(write.Mine.Field);
        }

        (of ?? _tokens).Acknowledge(writes);
    }
}
