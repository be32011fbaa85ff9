using System.Globalization;
using System.Net;
using IslGateway.Caching.Credentials;
using IslGateway.Content;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching;
using IslGateway.UnitTests.Caching.Filling;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Upstream;

public sealed class RateLimitsTests : IDisposable
{
    private static readonly Credential Ann = new(Digest.Of("ann"u8));
    private static readonly Credential Bob = new(Digest.Of("bob"u8));
    private static readonly Credential Nobody = new(Digest.Of("nobody"u8));
    private static readonly IPAddress Here = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress There = IPAddress.Parse("10.0.0.2");

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly ProofCache _proofs;
    private readonly RateLimits _limits;

    public RateLimitsTests()
    {
        _proofs = new ProofCache(_settings.Tokens(_time), _settings.Monitor, _time);
        foreach (var known in (Credential[])[Ann, Bob, Nobody]) _proofs.Prove(known, _time.GetTimestamp());
        _limits = new RateLimits(_proofs, _metrics, _time);
    }

    public void Dispose() => _settings.Dispose();

    [Theory]
    [InlineData(100, 50, 0.5, true)]
    [InlineData(100, 49, 0.5, false)]
    [InlineData(100, 1, 0, true)]
    [InlineData(100, 0, 0, false)]
    [InlineData(100, 99, 1, false)]
    public void HasHeadroom_Known_IsAShareOfTheLimit(int limit, int remaining, double share, bool has)
    {
        Learn(Ann, 200, limit, remaining);

        Assert.Equal(has, _limits.HasHeadroom(Call(Ann, Here), share));
        Assert.True(_limits.HasHeadroom(Call(Bob, Here), share));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("100", null)]
    [InlineData(null, "0")]
    [InlineData("0", "0")]
    [InlineData("100", "few")]
    [InlineData("100", "-1")]
    [InlineData("100", "99999999999999999999")]
    public void Learn_NoWholePair_SaysNothing(string? limit, string? remaining)
    {
        var answer = IslAnswers.Json("{}");
        if (limit is not null) answer.Headers["x-ratelimit-limit"] = limit;
        if (remaining is not null) answer.Headers["x-ratelimit-remaining"] = remaining;
        _limits.Learn(Call(Ann), answer);

        Assert.True(_limits.HasHeadroom(Call(Ann, Here), 0.5));
        Assert.Null(_limits.Lowest());
    }

    [Fact]
    public void HasHeadroom_AfterIslsWindow_IsUnknown()
    {
        Learn(Ann, 200, 100, 0);

        _time.Advance(TimeSpan.FromSeconds(60) - TimeSpan.FromTicks(1));
        Assert.False(_limits.HasHeadroom(Call(Ann, Here), 0.5));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(_limits.HasHeadroom(Call(Ann, Here), 0.5));
        Assert.Null(_limits.Lowest());
    }

    [Fact]
    public void Learn_429_IsOverTheLimitForAWindow()
    {
        _limits.Learn(Call(Ann), IslAnswers.Json("{}", 429));

        Assert.False(_limits.HasHeadroom(Call(Ann, Here), 0));
        Assert.Equal(0, _limits.Lowest()?.Remaining);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.True(_limits.HasHeadroom(Call(Ann, Here), 0));
    }

    [Theory]
    [InlineData(0, 500, false)]
    [InlineData(1, 500, true)]
    [InlineData(0, 503, true)]
    public void Learn_ErrorWithoutHeadersOnceNothingWasLeft_IsIslsMistaken500(int remaining, int status, bool hasHeadroomLater)
    {
        Learn(Ann, 200, 100, remaining);
        _time.Advance(TimeSpan.FromSeconds(40));
        _limits.Learn(Call(Ann), IslAnswers.Json("{}", status));
        _time.Advance(TimeSpan.FromSeconds(40));

        Assert.Equal(hasHeadroomLater, _limits.HasHeadroom(Call(Ann, Here), 0));
    }

    [Theory]
    [InlineData("x-olumi-service", "isl")]
    [InlineData("X-Olumi-Service-Build", "b1")]
    [InlineData("x-ratelimit-remaining", "7")]
    public void Learn_500WithIslsHeadersAfterA429_IsAFailure(string header, string value)
    {
        _limits.Learn(Call(Ann), IslAnswers.Json("{}", 429));

        Assert.False(_limits.Learn(Call(Ann), IslAnswers.Json("{}", 500, (header, value))));
        Assert.True(_limits.Learn(Call(Ann), IslAnswers.Json("{}", 500, ("x-request-id", "r"))));
    }

    [Theory]
    [InlineData(200, false)]
    [InlineData(404, false)]
    [InlineData(422, false)]
    [InlineData(502, true)]
    [InlineData(504, true)]
    public void Learn_AnswerThatNamesNoLimitAfterA429_EndsIt(int status, bool isUsedUpLater)
    {
        _limits.Learn(Call(Ann), IslAnswers.Json("{}", 429));
        _limits.Learn(Call(Ann), IslAnswers.Json("{}", status));

        Assert.Equal(isUsedUpLater, _limits.Learn(Call(Ann), IslAnswers.Json("{}", 500)));
        Assert.Equal(!isUsedUpLater, _limits.HasHeadroom(Call(Ann, Here), 0));
    }

    [Fact]
    public void Learn_ReplicasThatCountForThemselves_EachOnesMistaken500IsKnown()
    {
        UpstreamAnswer Answer(string replica, int remaining) => IslAnswers.Json(
            "{}", 200, ("x-ratelimit-limit", "100"), ("x-ratelimit-remaining", remaining.ToString(CultureInfo.InvariantCulture))) with
        { ReplicaId = replica };
        _limits.Learn(Call(Ann), Answer("a", 0));
        _limits.Learn(Call(Ann), Answer("b", 50));

        Assert.True(_limits.Learn(Call(Ann), IslAnswers.Json("{}", 500) with { ReplicaId = "a" }));
        _limits.Learn(Call(Ann), Answer("b", 49));
        Assert.False(_limits.Learn(Call(Ann), IslAnswers.Json("{}", 500) with { ReplicaId = "b" }));
        Assert.Equal(49, _limits.Lowest()?.Remaining);
    }

    [Fact]
    public void HasHeadroom_WithoutAKey_IsPerAddress()
    {
        Learn(Nobody, 200, 100, 0, Here);
        Learn(Ann, 200, 100, 0, Here);

        Assert.False(_limits.HasHeadroom(Call(Nobody, Here), 0.5));
        Assert.True(_limits.HasHeadroom(Call(Nobody, There), 0.5));
        Assert.False(_limits.HasHeadroom(Call(Ann, There), 0.5));
    }

    [Fact]
    public void Lowest_OfACredentialThatIsNotKnown_IsNotTold()
    {
        Learn(new Credential(Digest.Of("stranger"u8)), 200, 100, 0);
        Assert.Null(_limits.Lowest());
        Learn(Ann, 200, 100, 60);
        Assert.Equal(60, _limits.Lowest()?.Remaining);
    }

    [Fact]
    public async Task Metric_IsTheLowestKnownAndAbsentWhileNothingIs()
    {
        Assert.Null(await ExportedAsync());
        Learn(Ann, 200, 100, 7);
        _time.Advance(TimeSpan.FromSeconds(30));
        Learn(Bob, 200, 100, 20);
        Assert.Equal("isl_gateway_upstream_ratelimit_remaining 7", await ExportedAsync());
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("isl_gateway_upstream_ratelimit_remaining 20", await ExportedAsync());
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Null(await ExportedAsync());
    }

    private void Learn(Credential credential, int status, int limit, int remaining, IPAddress? address = null) => _limits.Learn(
        Call(credential, address),
        IslAnswers.Json(
            "{}", status, ("x-ratelimit-limit", limit.ToString(CultureInfo.InvariantCulture)),
            ("x-ratelimit-remaining", remaining.ToString(CultureInfo.InvariantCulture))));

    private static UpstreamCall Call(Credential credential, IPAddress? address = null) =>
        new("POST", "/a", credential == Nobody ? new HeaderDictionary() : new HeaderDictionary { ["X-API-Key"] = "k" }, default)
        {
            MaxAnswerSize = 1,
            Credential = credential,
            RemoteAddress = address ?? Here,
        };

    private async Task<string?> ExportedAsync()
    {
        using var text = new MemoryStream();
        await _metrics.Registry.CollectAndExportAsTextAsync(text, TestContext.Current.CancellationToken);
        return System.Text.Encoding.UTF8.GetString(text.ToArray()).Split('\n')
            .SingleOrDefault(line => line.StartsWith("isl_gateway_upstream_ratelimit_remaining ", StringComparison.Ordinal));
    }
}
