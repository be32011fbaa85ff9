using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>What makes two requests the same question, and what must not.</summary>
public sealed class KeyTests
{
    private const string RobustnessV2 = "/api/v1/robustness/analyze/v2";
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Memory = "detail=memory";

    [Theory]
    [InlineData("""{"outcome":"Revenue","treatment":"Price","dag":{"edges":[["Price","Revenue"]],"nodes":["Price","Revenue"]}}""")]
    [InlineData("""
         {	"dag" : { "nodes" : [ "Price" , "Revenue" ] , "edges" : [ [ "Price" , "Revenue" ] ] } ,
          "treatment" : "Price" , "outcome" : "Revenue" }
        """)]
    [InlineData(
"""{"d\u0061g":{"nodes":["\u0050rice","Revenue"],"edges":[["Price","Revenue"]]},"treatment":"Pric\u0065","outcome":"Revenue"}""")]
    public async Task SortedRow_SameBodySpeltOtherwise_SharesTheEntry(string other)
    {
        await using var rig = await Rig.StartAsync();

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.EndsWith(Memory, await rig.StatusOfAsync(Isl.Validate, other), StringComparison.Ordinal);

        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task SignificantRow_PermutedKeys_AreTwoEntries()
    {
        await using var rig = await Rig.StartAsync();
        var permuted = Isl.CounterfactualBody
            .Replace("\"base\"", "\"x\"", StringComparison.Ordinal).Replace("\"noise\"", "\"base\"", StringComparison.Ordinal)
            .Replace("\"x\"", "\"noise\"", StringComparison.Ordinal);

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody));
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Counterfactual, permuted));
        Assert.EndsWith(Memory, await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody), StringComparison.Ordinal);

        Assert.Equal(2, rig.Sim.Calls(Isl.Counterfactual));
    }

    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("9007199254740992", "9007199254740993")]
    [InlineData("[1,2]", "[2,1]")]
    [InlineData("true", "1")]
    [InlineData("null", "{}")]
    [InlineData("0.0", "-0.0")]
    [InlineData("\"1\"", "1")]
    public async Task Values_ThatPythonTellsApart_AreTwoEntries(string one, string other)
    {
        await using var rig = await Rig.StartAsync();

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, WithValue(one)));
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, WithValue(other)));
        Assert.EndsWith(Memory, await rig.StatusOfAsync(Isl.Validate, WithValue(one)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5.0", "5e0")]
    [InlineData("0", "-0")]
    [InlineData("0.1", "0.1000000000000000055511151231257827")]
    [InlineData("\"a/b\"", "\"a\\/b\"")]
    public async Task Values_ThatPythonReadsAsOne_ShareTheEntry(string one, string other)
    {
        await using var rig = await Rig.StartAsync();

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, WithValue(one)));
        Assert.EndsWith(Memory, await rig.StatusOfAsync(Isl.Validate, WithValue(other)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_Other_IsAnotherEntry()
    {
        await using var rig = await Rig.StartAsync();
        string[] targets = [Isl.Validate, Isl.Validate + "?", Isl.Validate + "?a=1", Isl.Validate + "?a=2", Isl.Validate + "?%61=1"];

        foreach (var target in targets) Assert.Equal(Stored, await SendVerbatimAsync(rig, target));

        Assert.Equal(targets, rig.Sim.LastCalls(Isl.Validate).Select(call => call.Target));
        foreach (var target in targets) Assert.EndsWith(Memory, await SendVerbatimAsync(rig, target), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credential_Other_IsAnotherEntry()
    {
        await using var rig = await Rig.StartAsync();
        string[][] credentials = [["X-API-Key: a"], ["X-API-Key: b"], [], ["Authorization: a"], ["X-API-Key: a", "Authorization: a"]];

        foreach (var headers in credentials) Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, headers));

        foreach (var headers in credentials)
            Assert.EndsWith(Memory, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, headers), StringComparison.Ordinal);
        Assert.Equal(credentials.Length, rig.Sim.Calls(Isl.Validate));
    }

    [Theory]
    [InlineData("/api/v1/causal//validate")]
    [InlineData("/api/v1/causal/validate/")]
    [InlineData("/api/v1/Causal/validate")]
    [InlineData("/api/v1/causal/%76alidate")]
    [InlineData("/api/v1/causal/./validate")]
    public async Task Path_SpeltOtherwise_IsForwardedAsItCameAndNeverHits(string target)
    {
        await using var rig = await Rig.StartAsync();
        Assert.Equal(Stored, await SendVerbatimAsync(rig, Isl.Validate));

        for (var i = 0; i < 2; i++)
        {
            var status = await SendVerbatimAsync(rig, target);

            Assert.StartsWith("IslGateway; fwd=bypass;", status, StringComparison.Ordinal);
            Assert.EndsWith("detail=unknown-endpoint", status, StringComparison.Ordinal);
            Assert.Equal(target, rig.Sim.LastCalls()[^1].Target);
        }

        Assert.Equal(3, rig.Sim.TotalCalls);
    }

    [Fact]
    public async Task KeyHeader_Other_IsAnotherEntry()
    {
        await using var rig = await Rig.StartAsync();
        const string Body = """{"graph":{"nodes":[],"edges":[]},"options":[],"goal_node_id":"g","seed":7}""";

        using var first = await rig.PostAsync(RobustnessV2, Body, "X-ISL-Response-Version: 1");
        using var second = await rig.PostAsync(RobustnessV2, Body, "X-ISL-Response-Version: 2");
        using var again = await rig.PostAsync(RobustnessV2, Body, "X-ISL-Response-Version: 1");

        Assert.Equal([Stored, Stored], [first.CacheStatus(), second.CacheStatus()]);
        Assert.EndsWith(Memory, again.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(
            (await first.TextAsync()).Replace(first.RequestId(), again.RequestId(), StringComparison.Ordinal), await again.TextAsync());
        Assert.NotEqual(await first.TextAsync(), await second.TextAsync());
        Assert.Equal(["1", "2"], rig.Sim.LastCalls(RobustnessV2).Select(call => call.Header("X-ISL-Response-Version")));
    }

    public static TheoryData<string, byte[]> InexactBodies()
    {
        var deep = new string('[', 65) + new string(']', 65);
        return new TheoryData<string, byte[]>
        {
            { "duplicate key", Bytes("""{"dag":{},"treatment":"a","treatment":"b"}""") },
            { "duplicate key by escape", Bytes("""{"treatment":"a","tre\u0061tment":"b"}""") },
            { "NaN", Bytes(WithValue("NaN")) },
            { "byte order mark", [.. Encoding.UTF8.Preamble, .. Bytes(Isl.ValidateBody)] },
            { "lone surrogate", Bytes(WithValue("\"\\ud800\"")) },
            { "out of range", Bytes(WithValue("1e400")) },
            { "65 levels", Bytes(deep) },
            { "UTF-16", Encoding.Unicode.GetBytes(Isl.ValidateBody) },
            { "no UTF-8", [.. Bytes("{\"a\":\""), 0xc3, 0x28, .. Bytes("\"}")] },
            { "cut", Bytes(Isl.ValidateBody[..^1]) },
            { "two values", Bytes(Isl.ValidateBody + " {}") },
            { "comment", Bytes("/**/" + Isl.ValidateBody) },
            { "empty", [] },
        };
    }

    [Theory]
    [MemberData(nameof(InexactBodies))]
    public async Task Body_NotReadableExactly_IsForwardedAndNeverHits(string what, byte[] body)
    {
        await using var rig = await Rig.StartAsync();

        for (var i = 0; i < 2; i++)
        {
            using var request = Isl.Post(Isl.Validate, body);
            using var response = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.StartsWith("IslGateway; fwd=bypass;", response.CacheStatus(), StringComparison.Ordinal);
            Assert.EndsWith("detail=inexact-body", response.CacheStatus(), StringComparison.Ordinal);
        }

        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));
        Assert.True(Convert.ToHexStringLower(SHA256.HashData(body)) == rig.Sim.LastCalls()[^1].BodySha256, what);
        Assert.Equal(0, rig.Memory.Entries);
    }

    [Fact]
    public async Task QueryMethod_SharesTheEntryOfPostAndGoesUpstreamAsPost()
    {
        await using var rig = await Rig.StartAsync();

        using var first = await SendAsync(rig, request => request.Method = new HttpMethod("QUERY"));
        using var second = await SendAsync(rig, _ => { });

        Assert.Equal(Stored, first.CacheStatus());
        Assert.EndsWith(Memory, second.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal("POST", Assert.Single(rig.Sim.LastCalls(Isl.Validate)).Method);
    }

    [Fact]
    public async Task Origin_AlwaysGoesToIsl()
    {
        await using var rig = await Rig.StartAsync();
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));

        Assert.Equal(
            "IslGateway; fwd=bypass; detail=cross-origin",
            await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "Origin: http://localhost:3000"));

        Assert.Equal("http://localhost:3000", rig.Sim.LastCalls()[^1].Header("Origin"));
        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=utf-16")]
    public async Task ContentType_NotJson_AlwaysGoesToIsl(string type)
    {
        await using var rig = await Rig.StartAsync();
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));

        using var response = await SendAsync(rig, request => request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(type));

        Assert.EndsWith("detail=not-json-request", response.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(type, rig.Sim.LastCalls()[^1].Header("Content-Type"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/foo+json")]
    [InlineData("Application/JSON; charset=UTF-8")]
    public async Task ContentType_AbsentOrOfTheJsonFamily_IsJson(string? type)
    {
        await using var rig = await Rig.StartAsync();

        using var first = await SendAsync(rig, request =>
            request.Content!.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type));

        Assert.Equal(Stored, first.CacheStatus());
        Assert.Equal("application/json", rig.Sim.LastCalls()[^1].Header("Content-Type"));
        Assert.EndsWith(Memory, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> SendAsync(Rig rig, Action<HttpRequestMessage> change)
    {
        using var request = Isl.Post(Isl.Validate, Isl.ValidateBody);
        change(request);
        return await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends the target as it is written here: without options Uri would tidy it up first.</summary>
    private static async Task<string> SendVerbatimAsync(Rig rig, string target)
    {
        using var response = await SendAsync(rig, request => request.RequestUri = new Uri(
            rig.Gateway.Address.GetLeftPart(UriPartial.Authority) + target,
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        return response.CacheStatus();
    }

    private static string WithValue(string json) => Isl.ValidateBody[..^1] + ",\"extra\":" + json + "}";

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
