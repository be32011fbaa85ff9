using System.Globalization;
using System.Net;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.Measurements.Overload;

/// <summary>The memory that the start asks for is enough, whatever callers send.</summary>
public sealed class MemoryMeasurement
{
    private const int Rounds = 2;
    private const int Callers = 12;
    private const int BodyLength = 9_800_000;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task LargeBodiesOverAFullCache()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = GatewayProcess.Start(
            ["--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}"],
            new Dictionary<string, string?> { ["DOTNET_GCHeapHardLimit"] = "0x2A000000" });
        Assert.Contains(" 672 MiB there", await gateway.BannerAsync(), StringComparison.Ordinal);
        using var client = new HttpClient { BaseAddress = gateway.Address };
        using var management = new HttpClient { BaseAddress = gateway.Management };
        await FillCacheAsync(isl, client, management);

        await using var pulse = await Pulse.StartAsync(gateway.Address, gateway.Management);
        var statuses = new List<HttpStatusCode>();
        for (var round = 0; round < Rounds; round++)
        {
            // Made before the first is sent: they are to arrive together.
            var bodies = Enumerable.Range(round * Callers, Callers)
                .Select(n => Encoding.ASCII.GetBytes(BodyOf(round % 2 == 0 ? ManyMembers(n) : LongMembers(n)))).ToList();
            var answers = await Task.WhenAll(bodies.Select(body => AskAsync(client, body)));
            statuses.AddRange(answers.Select(answer => answer.Status));
            Assert.All(answers, answer => Assert.True(
                answer.Status == HttpStatusCode.OK
                    || (answer.Status == HttpStatusCode.ServiceUnavailable && answer.Cache == "IslGateway; detail=overloaded"),
                $"{(int)answer.Status} {answer.Cache}"));
        }

        await pulse.StopAsync($"{Rounds} rounds of {Callers} bodies of {BodyLength} bytes");
        Figures.Report("overload", $"{statuses.Count(status => status == HttpStatusCode.OK)} of {statuses.Count} large bodies served; {gateway.ResidentBytes >> 20} MiB resident");
        Assert.Contains(HttpStatusCode.OK, statuses);
        await Eventually.TrueAsync(
            async () => (await MetricsAsync(management))["isl_gateway_buffered_bytes"] == 0, Soon, "no buffer is held");
        Assert.False(gateway.HasExited);
    }

    /// <summary>
    /// What is padded is padded all over, ISL's health too, which has to confirm each answer: so it is padded for one answer at a time.
    /// </summary>
    private static Task FillCacheAsync(SimulatorHost isl, HttpClient client, HttpClient management)
    {
        var number = 0;
        return Eventually.TrueAsync(
            async () =>
            {
                isl.State.Update(knobs => knobs with { BodyPadding = 3_900_000 });
                (await client.PostAsync(Isl.Validate, BodyOf($"\"n\":{number++}"))).Dispose();
                isl.State.Update(knobs => knobs with { BodyPadding = 0 });
                return (await MetricsAsync(management)).Sum("isl_gateway_cache_bytes", "tier=\"memory\"") > 240_000_000;
            },
            Soon, "the cache is full");
    }

    private static async Task<(HttpStatusCode Status, string Cache)> AskAsync(HttpClient client, byte[] body)
    {
        using var request = Isl.Post(Isl.Validate, body);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, answer.CacheStatus());
    }

    /// <summary>More than are sorted.</summary>
    private static string ManyMembers(int number) =>
        Members(i => string.Create(CultureInfo.InvariantCulture, $"\"k{number:000}{i:0000000}\":{i},"));

    /// <summary>As many as are sorted, in falling order of their keys.</summary>
    private static string LongMembers(int number) =>
        Members(i => string.Create(CultureInfo.InvariantCulture, $"\"k{number:000}{999_999_999 - i:D70}\":{i},"));

    private static string Members(Func<int, string> member)
    {
        var text = new StringBuilder(BodyLength + 100);
        for (var i = 0; text.Length < BodyLength; i++) text.Append(member(i));
        return text.ToString(0, text.Length - 1);
    }

    /// <summary>A valid body with members that mean nothing to ISL.</summary>
    private static string BodyOf(string members) => Isl.ValidateBody[..^1] + "," + members + "}";

    private static async Task<Exposition> MetricsAsync(HttpClient management) =>
        Exposition.Parse(await management.GetStringAsync("/metrics", TestContext.Current.CancellationToken));
}
