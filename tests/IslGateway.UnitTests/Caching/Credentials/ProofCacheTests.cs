using IslGateway.Caching.Credentials;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Upstream;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Credentials;

public sealed class ProofCacheTests : IDisposable
{
    private static readonly Credential Ann = new(Digest.Of("ann"u8));
    private static readonly Credential Bob = new(Digest.Of("bob"u8));
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new(("Credentials:Recheck", "5m"), ("Credentials:StaleProof", "1h"));
    private readonly TokenSet _tokens;
    private readonly ProofCache _proofs;

    public ProofCacheTests()
    {
        _tokens = _settings.Tokens(_time, areShared: true);
        _proofs = new ProofCache(_tokens, _settings.Monitor, _time);
    }

    [Fact]
    public void IsProven_NeverAccepted_IsNot() => AssertStanding(Ann, proven: false, trusted: false);

    [Fact]
    public void IsProven_Accepted_HoldsForRecheckAndIsTrustedForStaleProof()
    {
        _proofs.Prove(Ann, _time.GetTimestamp());
        AssertStanding(Ann, proven: true, trusted: true);
        AssertStanding(Bob, proven: false, trusted: false);

        _time.Advance(TimeSpan.FromMinutes(5) - Tick);
        AssertStanding(Ann, proven: true, trusted: true);
        _time.Advance(Tick);
        AssertStanding(Ann, proven: false, trusted: true);
        _time.Advance(TimeSpan.FromMinutes(55) - Tick);
        AssertStanding(Ann, proven: false, trusted: true);
        _time.Advance(Tick);
        AssertStanding(Ann, proven: false, trusted: false);
    }

    [Fact]
    public void Prove_Again_StartsAnew()
    {
        _proofs.Prove(Ann, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromMinutes(4));
        _proofs.Prove(Ann, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromMinutes(4));
        AssertStanding(Ann, proven: true, trusted: true);
    }

    [Fact]
    public void Unprove_Refused_ForgetsOnlyThat()
    {
        _proofs.Prove(Ann, _time.GetTimestamp());
        _proofs.Prove(Bob, _time.GetTimestamp());
        _proofs.Refuse(Ann.Digest);
        AssertStanding(Ann, proven: false, trusted: false);
        AssertStanding(Bob, proven: true, trusted: true);
    }

    [Fact]
    public void IsProven_RecheckReloaded_CountsAtOnce()
    {
        _proofs.Prove(Ann, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromMinutes(2));
        _settings.Reload("Credentials:Recheck", "1m");
        AssertStanding(Ann, proven: false, trusted: true);
    }

    [Fact]
    public void Revoke_Credential_EndsItsProofsAndThoseOfCallsUnderWayOnly()
    {
        _proofs.Prove(Ann, _time.GetTimestamp());
        _proofs.Prove(Bob, _time.GetTimestamp());
        var begunAt = _time.GetTimestamp();
        _time.Advance(Tick);
        _tokens.Revoke(Ann.Digest);
        AssertStanding(Ann, proven: false, trusted: false);
        AssertStanding(Bob, proven: true, trusted: true);

        Assert.False(_proofs.Prove(Ann, begunAt));
        AssertStanding(Ann, proven: false, trusted: false);
        _time.Advance(Tick);
        Assert.True(_proofs.Prove(Ann, _time.GetTimestamp()));
        AssertStanding(Ann, proven: true, trusted: true);
    }

    [Fact]
    public void Revoke_TooManyCredentials_EndsTheProofsOfAll()
    {
        _proofs.Prove(Bob, _time.GetTimestamp());
        for (var n = 0; n < 1_024; n++) _tokens.Revoke(Digest.Random());
        AssertStanding(Bob, proven: true, trusted: true);
        _tokens.Revoke(Ann.Digest);
        AssertStanding(Bob, proven: false, trusted: false);
    }

    [Fact]
    public void Adopt_SharedProof_CountsByItsAgeWhileItsTokensAreInForce()
    {
        _time.Advance(TimeSpan.FromHours(2));
        var proof = new Proof(TimeSpan.FromMinutes(4), _tokens.ProofOf(Ann.Digest).Carried);
        _proofs.Adopt(Ann, proof);
        AssertStanding(Ann, proven: true, trusted: true);
        _time.Advance(TimeSpan.FromMinutes(1));
        AssertStanding(Ann, proven: false, trusted: true);

        _tokens.Revoke(Ann.Digest);
        _proofs.Adopt(Ann, proof);
        AssertStanding(Ann, proven: false, trusted: false);
    }

    [Fact]
    public void Adopt_OlderThanTheRefusal_ProvesNothing()
    {
        _time.Advance(TimeSpan.FromHours(2));
        _proofs.Refuse(Ann.Digest);
        _time.Advance(TimeSpan.FromMinutes(1));
        _proofs.Adopt(Ann, new Proof(TimeSpan.FromMinutes(2), _tokens.ProofOf(Ann.Digest).Carried));
        AssertStanding(Ann, proven: false, trusted: false);
        _proofs.Adopt(Ann, new Proof(TimeSpan.FromSeconds(59), _tokens.ProofOf(Ann.Digest).Carried));
        AssertStanding(Ann, proven: true, trusted: true);
    }

    [Fact]
    public void Share_AQuarterOfRecheckAfterTheLastOrWithOtherTokens_IsDueAgain()
    {
        Assert.Null(_proofs.Share(Ann));
        _proofs.Prove(Ann, _time.GetTimestamp());
        Assert.NotNull(_proofs.Share(Ann));
        _time.Advance(TimeSpan.FromSeconds(74));
        Assert.Null(_proofs.Share(Ann));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(76), _proofs.Share(Ann)?.Age);
        Assert.Null(_proofs.Share(Ann));

        _tokens.Revoke(Ann.Digest);
        _time.Advance(Tick);
        _proofs.Prove(Ann, _time.GetTimestamp());
        Assert.Equal(_tokens.ProofOf(Ann.Digest).Carried, _proofs.Share(Ann)?.Carried);
    }

    public void Dispose() => _settings.Dispose();

    private void AssertStanding(Credential credential, bool proven, bool trusted) =>
        Assert.Equal(
            (proven, trusted),
            (_proofs.AgeOf(credential) < _settings.Monitor.Current.Credentials.Recheck,
                _proofs.AgeOf(credential) < _settings.Monitor.Current.Credentials.StaleProof));
}
