using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>Sends probes over connections of their own, and after each a plain request that must get its own answer.</summary>
internal sealed class ProbePlayer(IConformanceIsl isl)
{
    /// <summary>What went wrong; null: nothing.</summary>
    public async Task<string?> PlayAsync(ProbeSpec probe)
    {
        for (var i = 0; i < ProbeSpec.Paths.Count; i++)
        {
            var path = ProbeSpec.Paths[i];
            if (await TryAsync(probe, path, $"/second-{i}") is { } trouble) return $"on {path}: {trouble}";
            if (await OwnAnswerAsync($"own-{i}") is { } other) return $"after {path}: {other}";
        }

        return null;
    }

    private async Task<string?> TryAsync(ProbeSpec probe, string path, string second)
    {
        var (answers, isClosed) = await SendAsync(probe.For(path, second));
        var smuggled = isl.Calls.Count(call => call.Target == second);
        var expected = probe.Reading switch
        {
            ProbeReading.Refused => answers is [{ Status: 400 or 413 or 414 or 431 or 501 or 505 }] && smuggled == 0,
            ProbeReading.One => answers is [{ Status: < 500 }] && smuggled == 0,
            _ => answers is [{ Status: < 500 }, { Status: 404 }] && smuggled == 1,
        };
        var statuses = string.Join(", ", answers.Select(answer => answer.Status));
        if (!isClosed) return $"the connection stays open after [{statuses}]";
        if (!expected) return $"expected {probe.Reading}, got [{statuses}] and {smuggled} second calls";
        if (probe.Reading != ProbeReading.Refused || answers[0].All("X-Request-Id") is not [var id]) return null;

        // Where the gateway itself refused, it says so as it always does.
        using var problem = JsonDocument.Parse(answers[0].Body);
        return problem.RootElement.GetProperty("request_id").GetString() == id
            && problem.RootElement.GetProperty("reason").GetString() == "gateway_malformed_request" ? null : $"answered {answers[0].Text}";
    }

    /// <summary>All answers until the gateway closes the connection, or does not.</summary>
    private async Task<(List<RawAnswer> Answers, bool IsClosed)> SendAsync(string request)
    {
        await using var connection = await RawHttp.ConnectAsync(isl.Gateway.Address);
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

    private async Task<string?> OwnAnswerAsync(string id)
    {
        using var answer = await isl.Gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, $"X-Request-Id: {id}");
        var text = await answer.TextAsync();
        return (int)answer.StatusCode == 200 && text.Contains($"\"{id}\"", StringComparison.Ordinal)
            ? null
            : $"the next request was answered {(int)answer.StatusCode} {text}";
    }
}
