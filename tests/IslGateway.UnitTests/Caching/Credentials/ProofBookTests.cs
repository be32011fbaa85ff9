using IslGateway.Caching.Credentials;
using IslGateway.Caching.Keys;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Credentials;

public sealed class ProofBookTests : IDisposable
{
    private static readonly Credential Ann = new(Digest.Of("ann"u8), false);
    private static readonly Credential Bob = new(Digest.Of("bob"u8), false);
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
        _proofs.Prove(Ann);
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
        _proofs.Prove(Ann);
        _time.Advance(TimeSpan.FromMinutes(4));
        _proofs.Prove(Ann);
        _time.Advance(TimeSpan.FromMinutes(4));
        AssertStanding(Ann, proven: true, trusted: true);
    }

    [Fact]
    public void Unprove_Refused_ForgetsOnlyThat()
    {
        _proofs.Prove(Ann);
        _proofs.Prove(Bob);
        _proofs.Unprove(Ann);
        AssertStanding(Ann, proven: false, trusted: false);
        AssertStanding(Bob, proven: true, trusted: true);
    }

    [Fact]
    public void IsProven_RecheckReloaded_CountsAtOnce()
    {
        _proofs.Prove(Ann);
        _time.Advance(TimeSpan.FromMinutes(2));
        _settings.Reload("Credentials:Recheck", "1m");
        AssertStanding(Ann, proven: false, trusted: true);
    }

    public void Dispose() => _settings.Dispose();

    private void AssertStanding(Credential credential, bool proven, bool trusted) =>
        Assert.Equal((proven, trusted), (_proofs.IsProven(credential), _proofs.IsStillTrusted(credential)));
}
