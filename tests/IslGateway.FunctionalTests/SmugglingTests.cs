using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.FunctionalTests.Smuggling;

namespace IslGateway.FunctionalTests;

/// <summary>What could be read as two requests is refused, and no request is ever answered with another's answer.</summary>
public sealed class SmugglingTests
{
    private static readonly JsonSerializerOptions Names = new(JsonSerializerDefaults.Web);

    [Theory]
    [InlineData(Isl.Validate)]
    [InlineData(Isl.Teach)]
    [InlineData("/nowhere")]
    public async Task Request_ReadableAsAnother_IsRefusedOrReadAsOne(string path)
    {
        await using var rig = await Rig.StartAsync();
        var probes = JsonSerializer.Deserialize<SmugglingProbe[]>(
            await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Smuggling", "requests.json"), TestContext.Current.CancellationToken), Names)!;
        var failures = new List<string>();

        for (var i = 0; i < probes.Length; i++)
        {
            var trouble = await TryAsync(rig, probes[i], path, $"/second-{i}") ?? await OwnAnswerAsync(rig, $"own-{i}");
            if (trouble is not null) failures.Add($"{probes[i].Name}: {trouble} ({probes[i].Rule})");
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {probes.Length} on {path}:\n{string.Join('\n', failures)}");
        Assert.True(probes.Length > 100, "Most of the probes are gone.");
    }

    private static async Task<string?> TryAsync(Rig rig, SmugglingProbe probe, string path, string second)
    {
        var (answers, isClosed) = await SendAsync(rig, probe.For(path, second));
        var smuggled = rig.Sim.Calls(second);
        var statuses = string.Join(", ", answers.Select(answer => answer.Status));
        var expected = probe.Expect switch
        {
            "refused" => answers is [{ Status: 400 or 413 or 414 or 431 or 501 or 505 }] && smuggled == 0,
            "one" => answers is [{ Status: < 500 }] && smuggled == 0,
            "each" => answers is [{ Status: < 500 }, { Status: 404 }] && smuggled == 1,
            _ => false,
        };
        if (!isClosed) return $"the connection stays open after [{statuses}]";
        if (!expected) return $"expected {probe.Expect}, got [{statuses}] and {smuggled} second calls";
        if (probe.Expect != "refused" || answers[0].All("X-Request-Id") is not [var id]) return null;

        // Where the gateway itself refused, it says so as it always does.
        using var problem = JsonDocument.Parse(answers[0].Body);
        return problem.RootElement.GetProperty("request_id").GetString() == id
            && problem.RootElement.GetProperty("reason").GetString() == "gateway_malformed_request" ? null : $"answered {answers[0].Text}";
    }

    /// <summary>All answers until the gateway closes the connection, or does not.</summary>
    private static async Task<(List<RawAnswer> Answers, bool IsClosed)> SendAsync(Rig rig, string request)
    {
        await using var connection = await RawHttp.ConnectAsync(rig.Gateway.Address);
        await connection.SendAsync(request);
        var answers = new List<RawAnswer>();
        while (true)
        {
            try
            {
                var answer = await connection.ReadAnswerAsync();
                if (answer.Status != 100) answers.Add(answer);
            }
            catch (IOException)
            {
                return (answers, true);
            }
            catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                return (answers, false);
            }
        }
    }

    private static async Task<string?> OwnAnswerAsync(Rig rig, string id)
    {
        using var answer = await rig.PostAsync(Isl.Validate, Isl.ValidateBody, $"X-Request-Id: {id}");
        var text = await answer.TextAsync();
        return (int)answer.StatusCode == 200 && text.Contains($"\"{id}\"", StringComparison.Ordinal) ? null : $"the next request was answered {(int)answer.StatusCode} {text}";
    }
}
