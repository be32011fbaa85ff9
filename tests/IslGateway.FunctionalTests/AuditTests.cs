using System.Security.Cryptography;
using System.Text;
using IslGateway.Caching.Epochs;
using IslGateway.Endpoints;
using IslGateway.FunctionalTests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>Who changed what, and who tried to: a line each, with nobody's key or name.</summary>
public sealed class AuditTests
{
    private const string Key = "correct-horse-battery-staple";
    private const string Audit = "IslGateway.Audit";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Change_ByAKeysHolder_NamesTheKeyByItsDigest()
    {
        await using var rig = await Rig.StartAsync($"Management:ApiKeys={Key}", "Cache:SingleInstance=true");
        using var logs = RecordedLogs.Of(rig.Gateway);

        var answer = await AskAsync(
            rig, "DELETE /api/cache?endpoint=CausalValidate&user=alice", $"Authorization: Bearer {Key}", "X-Request-Id: by-me");

        Assert.Equal(200, answer.Status);
        Assert.Equal(
            $"Information {Audit}: purge: CausalValidate, one user; done, Redis: off. "
            + $"By key {DigestOf(Key)} from 127.0.0.1 (request by-me) ",
            await LineAsync(logs));
        Assert.All((string[])[Key, "alice"], secret => Assert.DoesNotContain(secret, string.Concat(logs.Lines), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("DELETE /api/cache?user=alice", null, "DELETE /api/cache: nothing; refused with 401. By nobody known from 127.0.0.1")]
    [InlineData("DELETE /api/cache?user=alice", "guess", "DELETE /api/cache: nothing; refused with 401. By unknown key {0} from 127.0.0.1")]
    [InlineData("PURGE /api/alice", null, "another method on an unknown path: nothing; refused with 401. By nobody known from 127.0.0.1")]
    public async Task Change_Refused_IsALineWithoutWhatItsCallerSent(string call, string? key, string line)
    {
        await using var rig = await Rig.StartAsync($"Management:ApiKeys={Key}");
        using var logs = RecordedLogs.Of(rig.Gateway);

        var answer = await AskAsync(rig, call, key is null ? [] : [$"Authorization: Bearer {key}"]);

        Assert.Equal(401, answer.Status);
        Assert.StartsWith(
            $"Warning {Audit}: {line.Replace("{0}", DigestOf(key ?? ""), StringComparison.Ordinal)}", await LineAsync(logs),
            StringComparison.Ordinal);
        Assert.All((string[])["alice", "guess"], sent => Assert.DoesNotContain(sent, string.Concat(logs.Lines), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Change_AskedForWrongly_IsALineThatSaysSo()
    {
        await using var rig = await Rig.StartAsync();
        using var logs = RecordedLogs.Of(rig.Gateway);

        Assert.Equal(400, (await AskAsync(rig, "DELETE /api/cache")).Status);

        Assert.StartsWith(
            $"Information {Audit}: DELETE /api/cache: nothing; failed with 400. By this machine from 127.0.0.1 (request ",
            await LineAsync(logs), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusals_ByTheThousand_AreBoundedAndCounted()
    {
        var rig = await Rig.StartAsync($"Management:ApiKeys={Key}", "Telemetry:RequestLinesPerMinute=2");
        var logs = RecordedLogs.Of(rig.Gateway);
        for (var i = 0; i < 10; i++) Assert.Equal(401, (await AskAsync(rig, "DELETE /api/cache?all=true")).Status);

        await rig.DisposeAsync();

        var lines = Lines(logs);
        Assert.Equal(3, lines.Length);
        Assert.Contains("8 more calls were refused within a minute", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quarantine_Lifted_TheRowUsesTheCacheAgainAndALineSaysWho()
    {
        await using var rig = await Rig.StartAsync();
        using var logs = RecordedLogs.Of(rig.Gateway);
        var replica = Assert.Single(rig.Gateway.Services.GetRequiredService<ReplicaRegistry>().Replicas);
        var row = rig.Gateway.Services.GetRequiredService<EndpointTable>().Match(Isl.Validate)!;
        rig.Gateway.Services.GetRequiredService<Quarantine>().Add(row, replica.Epoch!.DigestWith(""));
        Assert.EndsWith("detail=quarantined", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);

        var answer = await AskAsync(rig, "DELETE /api/quarantine?endpoint=CausalValidate", "X-Request-Id: by-me");

        Assert.Equal("""{"lifted":["CausalValidate"],"request_id":"by-me"}""", answer.Text);
        Assert.EndsWith("stored", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        Assert.Equal(
            $"Information {Audit}: lift quarantine: CausalValidate; done. By this machine from 127.0.0.1 (request by-me) ",
            await LineAsync(logs));
        Assert.Contains(
            "\"lifted\":[]", (await AskAsync(rig, "DELETE /api/quarantine?endpoint=CausalValidate")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?endpoint=Nothing")]
    [InlineData("?endpoint=TeachingTeach")]
    [InlineData("?all=true")]
    public async Task Quarantine_LiftedWithoutNamingARow_Is400(string query)
    {
        await using var rig = await Rig.StartAsync();
        Assert.Equal(400, (await AskAsync(rig, "DELETE /api/quarantine" + query)).Status);
    }

    [Fact]
    public async Task Questions_HaveNoLine()
    {
        await using var rig = await Rig.StartAsync();
        using var logs = RecordedLogs.Of(rig.Gateway);

        Assert.Equal(200, (await AskAsync(rig, "GET /api/stats")).Status);
        Assert.Equal(200, (await AskAsync(rig, "GET /api/requests/slow")).Status);
        Assert.InRange((await AskAsync(rig, "POST /api/cache/explain", "Content-Length: 0")).Status, 400, 499);
        Assert.Equal(200, (await AskAsync(rig, "DELETE /api/cache?all=true")).Status);

        await LineAsync(logs);
    }

    [Fact]
    public async Task Reload_ThatChangesSettings_NamesThemAndNotTheirValues()
    {
        await using var rig = await Rig.StartAsync($"Management:ApiKeys={Key}");
        using var logs = RecordedLogs.Of(rig.Gateway);

        rig.Gateway.Reload("Management:ApiKeys:0", "another-secret-key");
        rig.Gateway.Reload("Management:ApiKeys:0", "another-secret-key");
        rig.Gateway.Reload("Endpoints:CausalValidate:Ttl", "5m");
        rig.Gateway.Reload("Cache:Mode", "Nonsense");

        Assert.Equal(
            [
                $"Information {Audit}: reload: Management:ApiKeys; done. By file watcher from this machine (request none) ",
                $"Information {Audit}: reload: Endpoints:CausalValidate:Ttl; done. By file watcher from this machine (request none) ",
                $"Warning {Audit}: reload: settings; refused, the old ones hold. By file watcher from this machine (request none) ",
            ],
            Lines(logs));
        Assert.DoesNotContain(logs.Lines, line => line.Contains("another-secret-key", StringComparison.Ordinal));
    }

    private static string DigestOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..8];

    private static string[] Lines(RecordedLogs logs) => [.. logs.Lines.Where(line => line.Contains(Audit, StringComparison.Ordinal))];

    /// <summary>The one line; it is written after the answer.</summary>
    private static async Task<string> LineAsync(RecordedLogs logs)
    {
        await Eventually.TrueAsync(() => Lines(logs).Length > 0, Soon, "there is an audit line");
        return Assert.Single(Lines(logs));
    }

    private static Task<RawAnswer> AskAsync(Rig rig, string call, params string[] headers) =>
        RawHttp.ExchangeAsync(rig.Gateway.Management, RawHttp.Request("", [$"{call} HTTP/1.1", "Host: localhost", .. headers]));
}
