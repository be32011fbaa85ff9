using System.Text;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Telemetry;
using IslGateway.UnitTests.Caching;
using IslGateway.UnitTests.Caching.Epochs;
using IslGateway.Upstream;
using IslGateway.Workflows.Kept;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Workflows.Kept;

public sealed class KeptRequestsTests : IDisposable
{
    private static readonly Digest OneEpoch = Digest.OfText("epoch");
    private static readonly Credential Ann = new(Digest.OfText("ann"));

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new(("Cache:KeepRequests", "1MiB"));
    private readonly GatewayMetrics _metrics = new();
    private readonly TokenSet _tokens;
    private readonly ProofCache _proofs;
    private readonly ReplicaRegistry _replicas;
    private readonly Quarantine _quarantine;
    private readonly KeptRequests _kept;

    public KeptRequestsTests()
    {
        _tokens = _settings.Tokens(_time);
        _proofs = new ProofCache(_tokens, _settings.Monitor, _time);
        _replicas = new ReplicaRegistry(new FixedReplicas("r1"), _settings.Monitor, _time);
        _quarantine = new Quarantine(_replicas, _settings.Table, _metrics);
        _kept = new KeptRequests(
            _tokens, _quarantine, new KeyComposer(_settings.Monitor), _proofs, _settings.Monitor, _metrics, _time);
    }

    public void Dispose()
    {
        _kept.Dispose();
        _settings.Dispose();
    }

    [Fact]
    public void Stored_ACallersRequest_IsKeptWithWhatItTakesToAskAgain()
    {
        Store("CausalValidate", "a", seconds: 2, query: "?x=1");

        var kept = Assert.Single(_kept.Dearest(10));
        Assert.Equal(("CausalValidate", "POST", "/api/v1/causal/validate?x=1"), (kept.Row.Name, kept.Method, kept.Target));
        Assert.Equal("a", Encoding.UTF8.GetString(kept.Body.Span));
        Assert.Equal((Ann.Digest, OneEpoch), (kept.Owner, kept.Epoch));
        Assert.Equal((1, 2, 2), (kept.Count, kept.Seconds, kept.Worth));
        Assert.Equal(1, _metrics.Replays.KeptRequests.Value);
        Assert.Equal(_kept.Bytes, _metrics.Replays.KeptBytes.Value);
    }

    [Theory]
    [InlineData(nameof(CallPurpose.Warm))]
    [InlineData(nameof(CallPurpose.Refresh))]
    public void Stored_NotForACaller_IsNotKept(string purpose)
    {
        Store("CausalValidate", "a", purpose: Enum.Parse<CallPurpose>(purpose));

        Assert.Empty(_kept.Dearest(10));
    }

    [Fact]
    public void Served_Hits_AreCountedWithoutAskingForTheBodyAgain()
    {
        var answer = Answer(seconds: 1);
        Assert.True(answer.CountHit());
        Serve("CausalValidate", "a", answer);
        for (var i = 0; i < 9; i++) Assert.False(answer.CountHit());

        Assert.Equal(10, Assert.Single(_kept.Dearest(10)).Count, 6);
        Assert.Equal(1, answer.Hits);
        _kept.Sweep();
        _time.Advance(KeptHeat.HalfLife);
        Assert.Equal(5, Assert.Single(_kept.Dearest(10)).Count, 6);
    }

    [Fact]
    public void Served_AnAnswerOfAnotherEpoch_GoesOnWithTheCount()
    {
        Store("CausalValidate", "a", seconds: 1);
        var answer = Answer(seconds: 3);
        Assert.True(answer.CountHit());

        Serve("CausalValidate", "a", answer, epoch: Digest.OfText("next"));

        var kept = Assert.Single(_kept.Dearest(10));
        Assert.Equal((2, 3), (kept.Count, kept.Seconds));
        Assert.Equal(Digest.OfText("next"), kept.Epoch);
    }

    [Fact]
    public void Served_NoRoomForIt_IsCountedAndLookedAtAtEachDoubling()
    {
        _settings.Reload("Cache:KeepRequests", "1KiB");
        var answer = Answer(seconds: 1);
        var looks = Enumerable.Range(1, 20).Where(_ => answer.CountHit()).ToList();

        Assert.Equal([1, 2, 4, 8, 16], looks);
        Serve("CausalValidate", "a", answer);
        Assert.Empty(_kept.Dearest(10));
        Assert.Equal(20, answer.Hits);
    }

    [Theory]
    [InlineData("TeachingTeach")]
    [InlineData("PreferencesElicit")]
    public void Served_ARowThatIsNotDeterministic_IsNotKept(string row)
    {
        Serve(row, "a", Answer(seconds: 1));

        Assert.Empty(_kept.Dearest(10));
    }

    [Fact]
    public void Dearest_Several_AreInTheOrderOfCountTimesSeconds()
    {
        Store("CausalValidate", "cheap", seconds: 1);
        Store("CausalValidate", "dear", seconds: 9);
        Store("CausalTransport", "hot", seconds: 2);
        for (var i = 0; i < 5; i++) Store("CausalTransport", "hot", seconds: 2);

        Assert.Equal("hot dear cheap", Bodies(_kept.Dearest(10)));
        Assert.Equal("hot dear", Bodies(_kept.Dearest(2)));
        Assert.Equal("dear cheap", Bodies(_kept.Dearest(10, "causalvalidate")));
        Assert.Equal("dear cheap", Bodies(_kept.Dearest(10, "/api/v1/causal/validate")));
    }

    [Fact]
    public void Dearest_OneQuestionOfTwoCredentials_AreTwo()
    {
        Store("CausalValidate", "a");
        Store("CausalValidate", "a", credential: new Credential(Digest.OfText("bob")));

        Assert.Equal(2, _kept.Dearest(10).Count);
        Assert.Equal(2, _kept.Dearest(10).Select(kept => kept.Owner).Distinct().Count());
        Assert.Single(_kept.Dearest(10).Select(kept => kept.Question).Distinct());
    }

    [Fact]
    public void Dearest_ASnapshot_StaysAsItIs()
    {
        Store("CausalValidate", "a");
        var snapshot = _kept.Dearest(10);

        _settings.Reload("Cache:KeepRequests", "0");
        _kept.Sweep();

        Assert.Empty(_kept.Dearest(10));
        Assert.Equal(0, _metrics.Replays.KeptBytes.Value);
        Assert.Equal("a", Bodies(snapshot));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Purge_OfAllOrTheRow_ForgetsAtOnce(bool everything)
    {
        Store("CausalValidate", "a");
        Store("CausalTransport", "b");

        _tokens.Purge(everything, everything ? [] : [_settings.Row("CausalValidate")]);

        Assert.Equal(everything ? "" : "b", Bodies(_kept.Dearest(10)));
        _kept.Sweep();
        Assert.Equal(everything ? 0 : 1, _kept.Count);
    }

    [Fact]
    public void Purge_WhileItWasAsked_KeepsNothingOfIt()
    {
        var before = _tokens.KeyOf(_settings.Row("CausalValidate"));
        _tokens.Purge(everything: true, []);

        Store("CausalValidate", "a", tokens: before);

        Assert.Equal(0, _kept.Count);
    }

    [Fact]
    public void Refusal_OfACredential_ForgetsWhatItAsked()
    {
        Assert.True(_proofs.Prove(Ann, _time.GetTimestamp() + 1));
        Store("CausalValidate", "a");
        Store("CausalValidate", "b", credential: new Credential(Digest.OfText("bob")));

        _proofs.Refuse(Ann.Digest);

        Assert.Equal("b", Bodies(_kept.Dearest(10)));
        Assert.Equal(1, _kept.Count);
    }

    [Fact]
    public void Refusal_AtAnotherGateway_ForgetsWhatTheCredentialAsked()
    {
        Store("CausalValidate", "a");

        _tokens.Revoke(Ann.Digest);

        Assert.Empty(_kept.Dearest(10));
    }

    [Fact]
    public void Quarantine_OfTheRow_ForgetsIt()
    {
        var epoch = new Epoch("f", "1", "b");
        _replicas.Replicas[0].Report(epoch, _time.GetTimestamp(), TimeSpan.FromMinutes(1));
        Store("CausalValidate", "a");

        _quarantine.Add(_settings.Row("CausalValidate"), epoch.DigestWith(""));
        Assert.Empty(_kept.Dearest(10));
        Store("CausalValidate", "b");

        Assert.Empty(_kept.Dearest(10));
    }

    [Fact]
    public void Stored_MoreThanItsShareOfTheBudget_IsNotKept()
    {
        Store("CausalValidate", new string('x', (1 << 16) + 1));
        Assert.Equal(0, _kept.Count);

        Store("CausalValidate", new string('x', (1 << 16) - 1_000));
        Assert.Equal(1, _kept.Count);
    }

    [Fact]
    public void Sweep_ASmallerBudget_KeepsTheDearest()
    {
        for (var i = 1; i <= 500; i++) Store("CausalValidate", $"{i}", seconds: i);

        _settings.Reload("Cache:KeepRequests", "64KiB");
        _kept.Sweep();

        Assert.InRange(_kept.Bytes, 1, 64 << 10);
        Assert.Equal("500", Bodies(_kept.Dearest(1)));
    }

    private static string Bodies(IReadOnlyList<KeptRequest> kept) =>
        string.Join(' ', kept.Select(request => Encoding.UTF8.GetString(request.Body.Span)));

    private static StoredAnswer Answer(double seconds) => new()
    {
        StatusCode = 200,
        Headers = [],
        Body = new byte[10],
        IdGaps = [],
        UpstreamDuration = TimeSpan.FromSeconds(seconds),
    };

    private void Store(
        string row, string body, double seconds = 1, Credential? credential = null, CallPurpose purpose = CallPurpose.Fill,
        string query = "", PurgeTokens? tokens = null)
    {
        var call = new UpstreamCall("POST", _settings.Row(row).Path + query, new HeaderDictionary(), Encoding.UTF8.GetBytes(body))
        {
            MaxAnswerSize = 0,
            Purpose = purpose,
        };
        _kept.Stored(call, Answer(seconds), Asked(row, body + query, credential ?? Ann, OneEpoch) with
        {
            Tokens = tokens ?? _tokens.KeyOf(_settings.Row(row)),
        });
    }

    private void Serve(string row, string body, StoredAnswer answer, Digest? epoch = null)
    {
        var http = new DefaultHttpContext();
        http.Request.Method = "POST";
        using var sent = Caching.Bodies.Plain(body);
        var context = Contexts.Of(http, _settings.Row(row), _settings.Monitor.Current, sent);
        _kept.Served(context, answer, Asked(row, body, Ann, epoch ?? OneEpoch));
    }

    private AskedQuestion Asked(string row, string question, Credential credential, Digest epoch)
    {
        var asked = _settings.Row(row);
        return new AskedQuestion(
            asked, Digest.OfText(row + question), credential, asked.IsCacheable ? _tokens.KeyOf(asked) : default, epoch);
    }
}
