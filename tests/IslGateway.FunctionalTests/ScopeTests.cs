using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>
/// Two ISLs behind one Redis and one prefix: their gateways share nothing. One ISL by two names: they share all, if they are told.
/// </summary>
public sealed class ScopeTests(RedisFixture redis)
{
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Query = """{"user_id":"alice","context":{"domain":"pricing","variables":["revenue"]},"num_queries":3}""";
    private const string Update = """{"user_id":"alice","query_id":"q1","response":"A"}""";
    private const string Key = "X-API-Key: both-know";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task TwoIsls_OneBody_EachAnswersForItself()
    {
        await using var pair = await Pair.StartAsync(Shared());

        Assert.Equal(Stored, await pair.AskAsync(0, Key));
        await pair.IsInRedisAsync(0);
        Assert.Equal(Stored, await pair.AskAsync(1, Key));
        Assert.Equal(1, pair.Isls[1].State.Calls(Isl.Validate));
    }

    /// <summary>
    /// A key that only the other ISL knows is refused as this ISL refuses it, whatever the other's gateway has proven and stored.
    /// </summary>
    [Fact]
    public async Task TwoIsls_KeyThatOneKnows_IsNoProofAtTheOther()
    {
        await using var pair = await Pair.StartAsync([.. Shared(), "Cache:CredentialScope=Shared"]);
        Assert.Equal(Stored, await pair.AskAsync(1, Key));
        Assert.Equal(Stored, await pair.AskAsync(0, "X-API-Key: first-knows"));
        await Eventually.TrueAsync(
            () => pair.Gateways[0].Redis.KeyExistsAsync(pair.Gateways[0].ProofOf("first-knows")), Soon, "the proof is shared");

        using var refused = await pair.Gateways[1].Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: first-knows");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        // Nor does that refusal end what the first ISL says of the key.
        Assert.EndsWith("detail=memory", await pair.AskAsync(0, "X-API-Key: first-knows"), StringComparison.Ordinal);
        Assert.True(pair.Gateways[0].IsProven("first-knows"));
    }

    [Fact]
    public async Task TwoIsls_PurgeAndUpdateAtOne_LeaveTheOthersAnswers()
    {
        await using var pair = await Pair.StartAsync(Shared());
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(Stored, await pair.AskAsync(i, Key));
            Assert.Equal(Stored, await pair.ElicitAsync(i));
        }

        using (var updated = await pair.Gateways[0].Client.PostAsync(Isl.Update, Update, Key))
            Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
        using (var purged = await pair.Gateways[0].ManagementClient.DeleteAsync(
            "/api/cache?all=true", TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.OK, purged.StatusCode);

        Assert.Equal(Stored, await pair.ElicitAsync(0));
        Assert.EndsWith("detail=memory", await pair.AskAsync(1, Key), StringComparison.Ordinal);
        Assert.EndsWith("detail=memory", await pair.ElicitAsync(1), StringComparison.Ordinal);

        // It has read Redis again since the purge, and is still of the same mind.
        await pair.IsReadAsync(1);
        Assert.EndsWith("detail=memory", await pair.AskAsync(1, Key), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoIsls_OneHangs_TheOtherDoesNotWaitForItsLease()
    {
        await using var pair = await Pair.StartAsync(Shared());
        pair.Isls[0].State.Hang(Isl.Validate);
        var waiting = pair.AskAsync(0, Key);
        await Eventually.TrueAsync(() => pair.Isls[0].State.Calls(Isl.Validate) == 1, Soon, "the first ISL is asked");

        Assert.Equal(Stored, await pair.AskAsync(1, Key));

        Assert.Equal(0, pair.Gateways[1].Services.GetRequiredService<LeaseSignals>().Count);
        pair.Isls[0].State.ReleaseHang();
        await waiting;
    }

    /// <summary>The rest: last epochs, rolls, tokens, channels. No name of one's is any name of the other's.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("Cache:KeySecret=a secret that both have")]
    public async Task TwoIsls_AllThatTheirGatewaysKeep_HasNamesOfItsOwn(string secret)
    {
        var prefix = redis.NewPrefix();
        string[] settings =
            [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={prefix}", .. secret.Length > 0 ? (string[])[secret] : []];
        await using var pair = await Pair.StartAsync(settings);
        var (first, second) = (pair.Gateways[0].Services.GetRequiredService<RedisNames>(),
            pair.Gateways[1].Services.GetRequiredService<RedisNames>());
        foreach (var one in (Func<RedisNames, string>[])
        [
            names => names.Epochs, names => names.Gateways, names => names.Tokens, names => names.Watch,
            names => names.News.ToString(), names => names.Leases.ToString(), names => names.Belief(default),
            names => names.Unsettled(default),
            names => names.Proof(default), names => names.Everyone, names => names.EveryoneUnsettled, names => names.WatchOf(1),
        ])
            Assert.NotEqual(one(first), one(second));

        foreach (var gateway in pair.Gateways) await gateway.SharesEpochsAsync();
        var before = await NamesAsync(pair.Gateways[0], prefix);
        Assert.Equal(Stored, await pair.AskAsync(0, Key));
        Assert.Equal(Stored, await pair.ElicitAsync(0));
        await AreThereAsync(before);
        var afterFirst = await NamesAsync(pair.Gateways[0], prefix);
        Assert.Equal(Stored, await pair.AskAsync(1, Key));
        Assert.Equal(Stored, await pair.ElicitAsync(1));

        // Nothing that the first has written is what the second writes.
        await AreThereAsync(afterFirst);

        // A lease has its entry's name for an id, in braces.
        Assert.All(await NamesAsync(pair.Gateways[0], prefix), name => Assert.Equal(4, name.Split('{')[0].Split(':').Length));

        Task AreThereAsync(List<string> former) => Eventually.TrueAsync(
            async () =>
            {
                var kinds = (await NamesAsync(pair.Gateways[0], prefix)).Except(former).Select(name => name.Split(':')[2]).ToHashSet();
                return kinds.IsSupersetOf(["CausalValidate", "PreferencesElicit", "proof", "belief"]);
            },
            Soon, "a gateway has written what it keeps under names that were not there");
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}", "http://127.0.0.1:{0}//")]
    [InlineData("http://LocalHost:{0}/", "HTTP://localhost:{0}")]
    public async Task OneIsl_AnotherSpelling_IsTheSame(string one, string other) =>
        Assert.EndsWith("detail=redis", await AskByBothAsync(one, other), StringComparison.Ordinal);

    [Fact]
    public async Task OneIsl_AnotherName_IsAnotherUnlessTheScopeSaysSo()
    {
        Assert.Equal(Stored, await AskByBothAsync("http://127.0.0.1:{0}", "http://localhost:{0}"));
        Assert.EndsWith(
            "detail=redis", await AskByBothAsync("http://127.0.0.1:{0}", "http://localhost:{0}", "Cache:Scope=isl"),
            StringComparison.Ordinal);
        Assert.Equal(
            Stored, await AskByBothAsync("http://127.0.0.1:{0}", "http://127.0.0.1:{0}", "Cache:Scope=isl", "Cache:Scope=another"));
    }

    /// <summary>What becomes of a question at a second gateway that a first has an answer to.</summary>
    private async Task<string> AskByBothAsync(string one, string other, string? scope = null, string? otherScope = null)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = Shared();
        await using var first = await StartAsync(Of(one, isl), [.. settings, .. scope is null ? (string[])[] : [scope]]);
        using (var stored = await first.Client.PostAsync(Isl.Validate, Isl.ValidateBody)) Assert.Equal(Stored, stored.CacheStatus());
        await Eventually.TrueAsync(
            async () => (await NamesAsync(first, settings[1].Split('=')[1])).Any(IsAnswer), Soon, "the answer is in Redis");
        await using var second = await StartAsync(
            Of(other, isl), [.. settings, .. (otherScope ?? scope) is { } word ? (string[])[word] : []]);
        using var asked = await second.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        return asked.CacheStatus();
    }

    private static async Task<GatewayUnderTest> StartAsync(string isl, string[] settings)
    {
        var gateway = await GatewayUnderTest.StartAsync((IEnumerable<Uri>)[], [.. settings, $"Isl:BaseUrl={isl}"]);
        await gateway.RedisIsUpAsync();
        return gateway;
    }

    private static string Of(string pattern, SimulatorHost isl) =>
        string.Format(System.Globalization.CultureInfo.InvariantCulture, pattern, isl.BaseAddress.Port);

    private static bool IsAnswer(string name) => char.IsUpper(name.Split(':')[2][0]);

    private static async Task<List<string>> NamesAsync(GatewayUnderTest gateway, string prefix)
    {
        var names = new List<string>();
        await foreach (var name in gateway.Redis.Multiplexer.GetServers()[0].KeysAsync(pattern: prefix + ":*")) names.Add((string)name!);
        return names;
    }

    private string[] Shared() => [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];

    /// <summary>Two ISLs that compute alike and know other keys, each with a gateway.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private Pair(SimulatorHost[] isls, GatewayUnderTest[] gateways) => (Isls, Gateways) = (isls, gateways);

        public SimulatorHost[] Isls { get; }

        public GatewayUnderTest[] Gateways { get; }

        public static async Task<Pair> StartAsync(string[] settings)
        {
            SimulatorHost[] isls =
            [
                await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["both-know", "first-knows"] }),
                await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["both-know"] }),
            ];
            var gateways = new GatewayUnderTest[2];
            for (var i = 0; i < 2; i++) gateways[i] = await GatewayUnderTest.StartAsync(isls[i].BaseAddress, settings);
            foreach (var gateway in gateways) await gateway.RedisIsUpAsync();
            return new Pair(isls, gateways);
        }

        public async Task<string> AskAsync(int gateway, string key)
        {
            using var answer = await Gateways[gateway].Client.PostAsync(Isl.Validate, Isl.ValidateBody, key);
            return answer.CacheStatus();
        }

        /// <summary>
        /// Where this machine held up a gateway's sign of life, session answers are not cached for a moment: that is asked again.
        /// </summary>
        public async Task<string> ElicitAsync(int gateway)
        {
            var status = "";
            await Eventually.TrueAsync(
                async () =>
                {
                    using var answer = await Gateways[gateway].Client.PostAsync(Isl.Elicit, Query, Key);
                    status = answer.CacheStatus();

                    // Neither is said of the answer, but of a moment at which nobody could tell whether it was still right.
                    return !status.EndsWith("session-unsafe", StringComparison.Ordinal)
                        && !status.EndsWith("beliefs-changed", StringComparison.Ordinal);
                },
                Soon, "session answers are cached");
            return status;
        }

        public Task IsInRedisAsync(int gateway)
        {
            var prefix = Gateways[gateway].Services.GetRequiredService<RedisNames>().Tokens.Split(':')[0];
            return Eventually.TrueAsync(
                async () => (await NamesAsync(Gateways[gateway], prefix)).Any(IsAnswer)
                    && await Gateways[gateway].Redis.KeyExistsAsync(Gateways[gateway].ProofOf("both-know")),
                Soon, "answer and proof are in Redis");
        }

        /// <summary>Waits until a gateway has read twice what others have written.</summary>
        public async Task IsReadAsync(int gateway)
        {
            var readers = Gateways[gateway].Services.GetServices<IChangeReader>();
            for (var i = 0; i < 2; i++)
            {
                foreach (var reader in readers) await reader.CatchUpAsync(TestContext.Current.CancellationToken);
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var isl in Isls) isl.State.ReleaseHang();
            foreach (var gateway in Gateways) await gateway.DisposeAsync();
            foreach (var isl in Isls) await isl.DisposeAsync();
        }
    }
}
