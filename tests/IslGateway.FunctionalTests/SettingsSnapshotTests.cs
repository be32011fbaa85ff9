using System.Net;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>A request goes by the settings that were in force when it came, whatever is reloaded meanwhile.</summary>
public sealed class SettingsSnapshotTests
{
    private const string CacheStats = "/cache/stats";

    [Fact]
    public async Task CredentialHeaders_ReloadedBetweenKeyAndCall_IslIsAskedUnderTheIdentityOfTheKey()
    {
        // The proof is too old by the next request: the key is composed, then ISL is asked about the credential, and only then for an
        // answer.
        await using var rig = await Rig.StartAsync(
            "Credentials:Headers=X-API-Key", "Credentials:Recheck=10ms", "Credentials:StaleProof=10ms");
        string[] headers = ["X-API-Key: ann", "Authorization: Bearer bob"];
        Assert.Equal("IslGateway; fwd=miss; stored", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, headers));
        await Eventually.TrueAsync(() => !rig.Gateway.IsProven("ann"), TimeSpan.FromSeconds(60), "the proof is old");
        rig.Sim.Hang(CacheStats);
        var asking = rig.PostAsync(Isl.Validate, Isl.ValidateBody, headers);
        await rig.CallsReachAsync(CacheStats, 1);

        rig.Gateway.Reload("Credentials:Headers", "Authorization");

        using var answer = await asking;
        Assert.Equal((HttpStatusCode.OK, 2), (answer.StatusCode, rig.Sim.Calls(Isl.Validate)));
        var call = rig.Sim.LastCalls(Isl.Validate)[^1];
        Assert.Equal("ann", call.Header("X-API-Key"));
        Assert.Null(call.Header("Authorization"));
    }
}
