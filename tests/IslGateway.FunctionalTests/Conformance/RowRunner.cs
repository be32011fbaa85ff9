using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>Plays one row against a gateway of its own.</summary>
internal sealed class RowRunner(string where, ConformanceRow row, IConformanceIsl isl)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, RawAnswer> _answers = [];
    private readonly Dictionary<string, (StepSpec Step, int CallsBefore, Task<RawAnswer> Answer)> _begun = [];

    public static async Task RunAsync(string where, ConformanceRow row)
    {
        string[] settings = [.. row.Settings.Select(setting => $"{setting.Key}={setting.Value}")];
        await using IConformanceIsl isl = row.Scripted is { } script
            ? await ScriptedIsl.StartAsync(script, settings)
            : new SimulatedIsl(await Rig.StartAsync(new SimulatorOptions { Latency = 0 }, settings));
        if (row.Isl is { } knobs) await isl.TurnAsync(knobs);
        await new RowRunner(where, row, isl).PlayAsync();
    }

    private async Task PlayAsync()
    {
        for (var i = 0; i < row.Steps.Count; i++)
        {
            var step = row.Steps[i];
            var name = step.As ?? $"{i + 1}";
            if (step.Turn is { } knobs) await isl.TurnAsync(knobs);
            if (step.Await is { } state) await isl.AwaitAsync(state);
            if (step.Set is { } settings) Change(settings);
            if (step.Pass is { } seconds) isl.Gateway.Time.Pass(TimeSpan.FromSeconds(seconds));
            if (step.Begin is not null) await BeginAsync(name, step);
            if (step.Send is { } request) await SendAsync(i, name, step, request);
            if (step.End is { } begun) await EndAsync(i, name, step, begun);
            if (step.Probe is { } probe && await new ProbePlayer(isl).PlayAsync(probe) is { } trouble)
                Assert.Fail($"{where} ({row.Rule}): {trouble}");
        }
    }

    private async Task SendAsync(int index, string name, StepSpec step, RequestSpec request)
    {
        for (var time = 0; time < step.Times; time++)
        {
            var before = isl.Calls.Count;
            Check(index, name, step.Expect!, request, await ExchangeAsync(request), before);
        }
    }

    private async Task BeginAsync(string name, StepSpec step)
    {
        var before = isl.Calls.Count;
        _begun[name] = (step, before, ExchangeAsync(step.Begin!));
        if (step.Until == RequestPlace.Gateway) await isl.HoldsAsync(_begun.Count);
        else await Eventually.TrueAsync(() => isl.Calls.Count > before, Soon, $"{where}: ISL has '{name}'");
    }

    private async Task EndAsync(int index, string name, StepSpec step, string begun)
    {
        _begun.Remove(begun, out var request);
        Check(index, name, step.Expect!, request.Step.Begin!, await request.Answer, request.CallsBefore);
    }

    private void Check(int index, string name, Expectation expected, RequestSpec request, RawAnswer answer, int callsBefore)
    {
        var wrong = new ExpectationChecker(expected, answer, [.. isl.Calls.Skip(callsBefore)], RequestBytes.BodyOf(request), _answers)
            .Check();
        if (wrong.Count > 0)
        {
            Assert.Fail($"""
                {where} ({row.Rule}), step {index + 1} ({request.Method ?? "raw"} {request.Target}):
                {string.Join('\n', wrong.Select(line => "  " + line))}
                The answer was {answer.Status} {string.Join(" | ", answer.Headers.Select(header => $"{header.Key}: {header.Value}"))}
                {answer.Text[..Math.Min(answer.Text.Length, 600)]}
                """);
        }

        _answers[name] = answer;
    }

    private async Task<RawAnswer> ExchangeAsync(RequestSpec request)
    {
        await using var connection = await RawHttp.ConnectAsync(isl.Gateway.Address);
        await connection.SendAllAsync(RequestBytes.Of(request));
        var (status, headers) = await connection.ReadHeadAsync();
        while (status == 100) (status, headers) = await connection.ReadHeadAsync();
        return request.Method == "HEAD" || status is 204 or 304
            ? new RawAnswer(status, headers, [], [], IsWhole: true)
            : await connection.ReadBodyAsync(status, headers);
    }

    /// <summary>As if a file of settings had changed.</summary>
    private void Change(IReadOnlyDictionary<string, string> settings)
    {
        var configuration = (IConfigurationRoot)isl.Gateway.Services.GetRequiredService<IConfiguration>();
        foreach (var (key, value) in settings) configuration[key] = value;
        configuration.Reload();
    }
}
