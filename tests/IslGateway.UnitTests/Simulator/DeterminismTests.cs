namespace IslGateway.UnitTests.Simulator;

public class DeterminismTests
{
    private static readonly (string, string) Id = ("X-Request-Id", "fixed");

    [Theory]
    [InlineData("/api/v1/causal/validate", SimulatorFixture.ValidateBody)]
    [InlineData("/api/v1/causal/counterfactual", SimulatorFixture.CounterfactualBody)]
    [InlineData("/api/v1/team/align", """{"perspectives":[{"role":"PM"}],"options":[{"id":"a","name":"A"}]}""")]
    [InlineData("/api/v1/analysis/sensitivity", """{"model":{},"assumptions":[{"name":"x"}]}""")]
    [InlineData("/api/v1/validation/validate", """{"model":{"a":1}}""")]
    [InlineData("/api/v1/preferences/elicit", """{"user_id":"u","context":{"domain":"pricing"}}""")]
    public async Task Answer_SameBodyTwice_IsByteIdentical(string path, string body)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var first = await simulator.PostAsync(path, body, Id);
        var again = await simulator.PostAsync(path, body, Id);
        Assert.Equal(200, first.Status);
        Assert.Equal(first.Text, again.Text);
    }

    [Theory]
    [InlineData("/api/v1/teaching/teach", """{"user_id":"u"}""")]
    [InlineData("/api/v1/validation/coherence", "{}")]
    [InlineData("/api/v1/analysis/conditional-recommend", "{}")]
    [InlineData("/api/v1/analysis/dominance", "{}")]
    [InlineData("/api/v1/causal/experiment/recommend", "{}")]
    [InlineData("/api/v1/batch/validate", """{"requests":[]}""")]
    public async Task Answer_OfVaryingEndpoint_Differs(string path, string body)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        Assert.NotEqual((await simulator.PostAsync(path, body, Id)).Text, (await simulator.PostAsync(path, body, Id)).Text);
    }

    [Theory]
    [InlineData("/api/v1/causal/counterfactual", false)]
    [InlineData("/api/v1/causal/counterfactual/batch", false)]
    [InlineData("/api/v1/causal/transport", false)]
    [InlineData("/api/v1/validation/validate", true)]
    public async Task Answer_PermutedMap_DependsOnOrderOnlyWhereIslDoes(string path, bool alike)
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        const string Base = "\"base\":{\"mean\":100}";
        const string Noise = "\"noise\":{\"mean\":5}";
        const string Frame = """{"outcome":"Revenue","intervention":{"Price":60},"model":{"distributions":{DISTRIBUTIONS}}}""";
        var one = await simulator.PostAsync(path, Frame.Replace("DISTRIBUTIONS", Base + "," + Noise, StringComparison.Ordinal), Id);
        var other = await simulator.PostAsync(path, Frame.Replace("DISTRIBUTIONS", Noise + "," + Base, StringComparison.Ordinal), Id);
        Assert.Equal(200, one.Status);
        Assert.Equal(alike, one.Text == other.Text);
    }

    [Fact]
    public async Task Answer_OtherSpelling_IsAlike()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        var one = await simulator.PostAsync("/api/v1/validation/validate", """{"model":{"a":5.0,"b":"é"}}""", Id);
        var other = await simulator.PostAsync(
            "/api/v1/validation/validate", """{ "model" : {"x":0,"b":"\u00e9", "a":5e0}, "model":{"b":"\u00e9","a":5e0} }""", Id);
        Assert.Equal(one.Text, other.Text);
    }

    [Fact]
    public async Task Replicas_SameConfiguration_AnswerAlikeUntilOneChanges()
    {
        await using var one = await SimulatorFixture.StartAsync();
        await using var other = await SimulatorFixture.StartAsync();
        var first = await one.PostAsync(SimulatorFixture.Counterfactual, SimulatorFixture.CounterfactualBody, Id);
        Assert.Equal(first.Text, (await other.PostAsync(SimulatorFixture.Counterfactual, SimulatorFixture.CounterfactualBody, Id)).Text);
        other.State.Build = "sim-0002";
        Assert.NotEqual(first.Text, (await other.PostAsync(SimulatorFixture.Counterfactual, SimulatorFixture.CounterfactualBody, Id)).Text);
    }

    [Fact]
    public async Task Elicit_AfterUpdate_AsksOtherQueries()
    {
        await using var simulator = await SimulatorFixture.StartAsync();
        const string Body = """{"user_id":"alice","context":{"domain":"pricing"},"num_queries":3}""";
        const string Other = """{"user_id":"bob","context":{"domain":"pricing"},"num_queries":3}""";
        var before = await simulator.PostAsync(SimulatorFixture.Elicit, Body, Id);
        var bob = await simulator.PostAsync(SimulatorFixture.Elicit, Other, Id);
        var query = before.Json.GetProperty("queries")[0].GetProperty("query_id").GetString();
        var update = await simulator.PostAsync(
            "/api/v1/preferences/update", $$$"""{"user_id":"alice","query_id":"{{{query}}}","response":{"choice":"A"}}""");
        Assert.Equal(200, update.Status);
        Assert.NotEqual(before.Text, (await simulator.PostAsync(SimulatorFixture.Elicit, Body, Id)).Text);
        Assert.Equal(bob.Text, (await simulator.PostAsync(SimulatorFixture.Elicit, Other, Id)).Text);
        Assert.Equal(1, simulator.State.Beliefs.Updates("alice"));
    }
}
