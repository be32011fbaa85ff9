using IslGateway.Caching.Credentials;
using IslGateway.Content;
using IslGateway.Upstream;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Credentials;

public sealed class ProofBookTests : IDisposable
{
    private static readonly Credential Ann = new(Digest.Of("ann"u8));
    private static readonly Credential Bob = new(Digest.Of("bob"u8));
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new(("Credentials:Recheck", "5m"), ("Credentials:StaleProof", "1h"));
    private readonly ProofBook _proofs;

    public ProofBookTests() => _proofs = new ProofBook(_settings.Monitor, _time);

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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ForgetAllOrBeginToListen_OwnProofsAndThoseOfCallsUnderWay_CountNoMore(bool begins)
    {
        _proofs.Prove(Ann, _time.GetTimestamp());
        var begunAt = _time.GetTimestamp();
        _time.Advance(Tick);
        if (begins) _proofs.BeginToListen();
        else _proofs.ForgetAll();
        AssertStanding(Ann, proven: false, trusted: false);

        Assert.False(_proofs.Prove(Ann, begunAt));
        AssertStanding(Ann, proven: false, trusted: false);
        _time.Advance(Tick);
        Assert.True(_proofs.Prove(Ann, _time.GetTimestamp()));
        AssertStanding(Ann, proven: true, trusted: true);
    }

    [Fact]
    public void ForgetAll_SharedProofsOfBefore_CountNoMore()
    {
        _time.Advance(TimeSpan.FromHours(2));
        _proofs.Adopt(Ann, TimeSpan.FromMinutes(1));
        _proofs.ForgetAll();
        AssertStanding(Ann, proven: false, trusted: false);
        _proofs.Adopt(Ann, TimeSpan.FromMinutes(1));
        AssertStanding(Ann, proven: false, trusted: false);

        _time.Advance(TimeSpan.FromMinutes(2));
        _proofs.Adopt(Ann, TimeSpan.FromMinutes(1));
        AssertStanding(Ann, proven: true, trusted: true);
    }

    [Fact]
    public void Adopt_SharedProof_CountsByItsAgeEvenAfterBeginningToListen()
    {
        _time.Advance(TimeSpan.FromHours(2));
        _proofs.BeginToListen();
        _proofs.Adopt(Ann, TimeSpan.FromMinutes(4));
        AssertStanding(Ann, proven: true, trusted: true);
        _time.Advance(TimeSpan.FromMinutes(1));
        AssertStanding(Ann, proven: false, trusted: true);
    }

    [Fact]
    public void Adopt_OlderThanTheRefusal_ProvesNothing()
    {
        _time.Advance(TimeSpan.FromHours(2));
        _proofs.Refuse(Ann.Digest);
        _time.Advance(TimeSpan.FromMinutes(1));
        _proofs.Adopt(Ann, TimeSpan.FromMinutes(2));
        AssertStanding(Ann, proven: false, trusted: false);
        _proofs.Adopt(Ann, TimeSpan.FromSeconds(59));
        AssertStanding(Ann, proven: true, trusted: true);
    }

    [Fact]
    public void ShouldShare_SharedBeforeAllWasForgotten_IsDueAgainAtOnce()
    {
        Assert.True(_proofs.ShouldShare(Ann));
        _time.Advance(TimeSpan.FromTicks(1));
        _proofs.ForgetAll();
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.True(_proofs.ShouldShare(Ann));
        Assert.False(_proofs.ShouldShare(Ann));
    }

    [Fact]
    public void ShouldShare_AQuarterOfRecheckAfterTheLast_IsDueAgain()
    {
        _proofs.Prove(Ann, _time.GetTimestamp());
        Assert.True(_proofs.ShouldShare(Ann));
        _time.Advance(TimeSpan.FromSeconds(74));
        Assert.False(_proofs.ShouldShare(Ann));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(_proofs.ShouldShare(Ann));
        Assert.False(_proofs.ShouldShare(Ann));

        _proofs.Refuse(Ann.Digest);
        Assert.True(_proofs.ShouldShare(Ann));
    }

    public void Dispose() => _settings.Dispose();

    private void AssertStanding(Credential credential, bool proven, bool trusted) =>
        Assert.Equal((proven, trusted), (_proofs.AgeOf(credential) < _settings.Monitor.Current.Credentials.Recheck, _proofs.AgeOf(credential) < _settings.Monitor.Current.Credentials.StaleProof));
}
