using System.Text;
using System.Text.Json.Nodes;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>One body sent once, asked for each way in which it is varied.</summary>
public sealed class SweepTests
{
    private const int Points = 200;
    private const int ModelSize = 200_000;

    [Fact]
    public async Task Points_AreTheAnswersToTheMergedBodies()
    {
        await using var rig = await Rig.StartAsync();
        int[] prices = [50, 55, 60, 65, 70, 50];
        var vary = string.Join(',', prices.Select(price => $$$"""{"intervention":{"Price":{{{price}}}}}"""));

        var answers = await rig.Client.SweepAsync(
            $$"""{"path":"{{Isl.Counterfactual}}","base":{{Isl.CounterfactualBody}},"vary":[{{vary}}]}""");

        Assert.Equal(5, rig.Sim.Calls(Isl.Counterfactual));
        Assert.Equal(["0", "1", "2", "3", "4", "5"], answers.Select(answer => answer.Id()));
        for (var n = 0; n < prices.Length; n++)
        {
            // Sent alone, the merged body asks the same, in the order of the base's keys.
            var body = Isl.CounterfactualBody.Replace("60", $"{prices[n]}", StringComparison.Ordinal);
            Assert.Equal(prices[n], (int)answers[n]["body"]!["scenario"]!["intervention"]!["Price"]!);
            Assert.Contains("; hit; ", await rig.StatusOfAsync(Isl.Counterfactual, body), StringComparison.Ordinal);
        }

        Assert.Equal(5, rig.Sim.Calls(Isl.Counterfactual));
    }

    [Fact]
    public async Task WrongPoints_SpoilNoOther()
    {
        await using var rig = await Rig.StartAsync();

        var answers = await rig.Client.SweepAsync(
            $$"""{"vary":[7,{"treatment":"A","treatment":"B"},{"treatment":null},{}],"base":{{Isl.ValidateBody}},"path":"{{Isl.Validate}}"}""");

        Assert.Equal([400, 400, 422, 200], answers.Select(answer => answer.Status()));
    }

    [Theory]
    [InlineData("""{"base":{},"vary":[]}""", 400, "\"path\" is missing")]
    [InlineData("""{"path":"/a","vary":[]}""", 400, "\"base\" is missing")]
    [InlineData("""{"path":"/a","base":[],"vary":[]}""", 400, "\"base\" must be an object")]
    [InlineData("""{"path":"/a","base":{"a":1,"a":2},"vary":[]}""", 400, "no member twice")]
    [InlineData("""{"path":"/a","base":{},"vary":{}}""", 400, "must be a list")]
    [InlineData("""{"path":"/a","base":{},"vary":[{},{},{},{}]}""", 413, "Batch:MaxItems")]
    [InlineData("""{"path":"/a","base":{},"vary":[],"headers":1}""", 400, "headers")]
    public async Task Call_Wrong_IsRefusedAsAWhole(string body, int status, string said)
    {
        await using var rig = await Rig.StartAsync("Batch:MaxItems=3");

        using var answer = await rig.PostAsync(Batches.Sweep, body);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(said, JsonNode.Parse(await answer.TextAsync())!["detail"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoHundredPointsOfALargeModel_AreSentOnceAndHeldAFewAtATime()
    {
        await using var rig = await Rig.StartAsync();
        var model = Batches.Model(ModelSize);
        var sweep = $$"""
            {"path":"{{Isl.Counterfactual}}","base":{{model}},"vary":[{{string.Join(',', Enumerable.Range(0, Points).Select(Point))}}]}
            """;

        IReadOnlyList<JsonObject> answers = [];
        var refused = 0;
        var peak = await PeakAsync(rig, async () => answers = await rig.Client.SweepAsync(sweep));
        var alone = await PeakAsync(rig, async () =>
        {
            var calls = Enumerable.Range(Points, Points).Select(n => rig.PostAsync(
                Isl.Counterfactual, model.Replace("\"Price\":60", $"\"Price\":{n}", StringComparison.Ordinal)));
            foreach (var answer in await Task.WhenAll(calls))
            {
                if (!answer.IsSuccessStatusCode) refused++;
                answer.Dispose();
            }
        });

        Assert.All(answers, answer => Assert.Equal(200, answer.Status()));
        Assert.Equal(Points, answers.Count);
        Assert.Equal((2 * Points) - refused, rig.Sim.Calls(Isl.Counterfactual));
        var (sent, apart) = (Encoding.UTF8.GetByteCount(sweep), (long)Points * model.Length);
        Figures.Report(
            "sweep", $"{Points} points of {model.Length:N0} B: {sent:N0} B sent, {peak:N0} B buffered at most; "
                + $"as calls at once {apart:N0} B sent, {alone:N0} B buffered, {refused} refused");
        Assert.InRange(sent, model.Length, apart / 100);
        Assert.InRange(peak, model.Length, apart / 2);
    }

    private static string Point(int n) => $$$"""{"intervention":{"Price":{{{n}}}}}""";

    /// <summary>The most bytes that buffers held while something was done.</summary>
    private static async Task<long> PeakAsync(Rig rig, Func<Task> act)
    {
        using var over = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            var peak = 0L;
            while (!over.IsCancellationRequested)
            {
                peak = Math.Max(peak, rig.Buffers.InUse);
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
            }

            return peak;
        });
        await act();
        await over.CancelAsync();
        return await watching;
    }
}
