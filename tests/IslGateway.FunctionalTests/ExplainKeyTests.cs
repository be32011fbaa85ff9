using CsCheck;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>Two requests are said to share a key if and only if each is answered with what is stored for the other.</summary>
public sealed class ExplainKeyTests(RedisFixture redis)
{
    private static readonly string[] Targets =
    [
        Isl.Validate, Isl.Validate, Isl.Validate + "?a=b", Isl.Counterfactual, "/api/v1/robustness/analyze/v2",
        "/api/v1/robustness/analyze/v2?response_version=2", Isl.Teach,
    ];

    /// <summary>Spellings of few questions: where the order of members does not count, some more of them are the same.</summary>
    private static readonly string[] Bodies =
    [
        """{"a":1,"b":[1,2]}""", """{ "a" : 1 , "b" : [ 1, 2 ] }""", """{"b":[1,2],"a":1}""", """{"\u0061":1,"b":[1,2]}""",
        """{"a":1.0,"b":[1,2]}""", """{"a":1e0,"b":[1,2]}""", """{"a":1,"b":[2,1]}""", """{"a":1,"b":[1,2],"trace":7}""",
        """{"a":1,"trace":{"x":1},"b":[1,2]}""", """{"a":1}""", """{"a":-0}""", """{"a":0}""", """{"a":-0.0}""", """{"a":1,"a":1}""", "{",
    ];

    private static readonly string[][] HeaderSets =
    [
        [], [], ["X-API-Key: one"], ["X-API-Key: two"], ["x-api-key: one"], ["X-ISL-Response-Version: 2"], ["X-ISL-Response-Version: 1"],
        ["X-Other: 1"], ["Cache-Control: max-age=3000"],
    ];

    private static readonly Gen<(string Target, string Body, string[] Headers)> Requests =
        Gen.Select(OneOf(Targets), OneOf(Bodies), OneOf(HeaderSets));

    /// <summary>The second often goes to the same place, or has the same headers: else nearly no two would share a key.</summary>
    private static readonly Gen<((string, string, string[]) One, (string, string, string[]) Other)> Pairs =
        from one in Requests
        from other in Requests
        from keeps in Gen.Int[0, 3]
        select (one, (keeps > 0 ? one.Target : other.Target, other.Body, keeps > 1 ? one.Headers : other.Headers));

    [Fact]
    public async Task TwoRequests_SaidToShareAKey_AnswerForEachOther()
    {
        await using var isl = await EchoUpstream.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.Address, $"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}",
            "Endpoints:CausalValidate:IgnoreFields=/trace");
        await gateway.RedisIsUpAsync();
        var (same, others) = (0, 0);
        await Pairs.SampleAsync(
            async pair =>
            {
                (string Target, string Body, string[] Headers) one = pair.One, other = pair.Other;
                await gateway.ManagementClient.DeleteAsync("/api/cache?all=true", TestContext.Current.CancellationToken);
                var said = await gateway.CompareAsync(
                    Explains.Request(one.Target, one.Body, one.Headers), Explains.Request(other.Target, other.Body, other.Headers));
                var isSame = said.GetProperty("same_key").GetBoolean();
                Assert.Equal(isSame, said.Text("because") is null);

                var (first, second) = (await StatusAsync(gateway, one), await StatusAsync(gateway, other));
                if (!first.EndsWith("; stored", StringComparison.Ordinal)) return;
                Assert.Equal(isSame, second.StartsWith("IslGateway; hit", StringComparison.Ordinal));
                if (isSame) same++;
                else others++;
            },
            iter: 400, threads: 1);
        Assert.True(same > 10 && others > 50, $"{same} shared, {others} did not");
    }

    private static async Task<string> StatusAsync(GatewayUnderTest gateway, (string Target, string Body, string[] Headers) request)
    {
        using var answer = await gateway.Client.PostAsync(request.Target, request.Body, request.Headers);
        return answer.CacheStatus();
    }

    private static Gen<T> OneOf<T>(T[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);
}
