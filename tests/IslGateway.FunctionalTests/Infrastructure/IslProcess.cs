using System.Text;
using System.Text.Json;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>A simulated ISL in a process of its own, to be killed, frozen and brought back at the same address.</summary>
internal sealed class IslProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120);

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly string[] _arguments;
    private ChildProcess? _process;

    private IslProcess(string[] arguments)
    {
        Address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        _arguments =
            [Path.Combine(AppContext.BaseDirectory, "IslGateway.dll"), "simulate", $"--Simulate:Url={Address}", "--Simulate:Latency=0",
                .. arguments];
    }

    public Uri Address { get; }

    /// <param name="arguments">As of <c>islgateway simulate</c>; the latency is 0 unless they say otherwise.</param>
    public static async Task<IslProcess> StartAsync(params string[] arguments)
    {
        var isl = new IslProcess(arguments);
        await isl.LaunchAsync();
        return isl;
    }

    /// <summary>SIGKILL: connections are reset, new ones refused, beliefs and counts gone.</summary>
    public async Task KillAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>Brings it back, as it was started at first.</summary>
    public Task RestartAsync() => LaunchAsync();

    /// <summary>
    /// SIGSTOP: connections stay open, new ones are accepted by the kernel, nothing is answered until <see cref="Thaw"/>.
    /// </summary>
    public void Freeze() => _process!.Send(UnixSignal.Stop);

    public void Thaw() => _process!.Send(UnixSignal.Continue);

    /// <summary>Turns knobs, given as JSON.</summary>
    public async Task TurnAsync(string knobs)
    {
        using var content = new StringContent(knobs, Encoding.UTF8, "application/json");
        using var response = await _client.PostAsync(new Uri(Address, "/_sim"), content, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.TextAsync());
    }

    /// <summary>A number of its state report, such as <c>concurrent_max</c>.</summary>
    public async Task<int> ReadAsync(string name)
    {
        using var report = JsonDocument.Parse(
            await _client.GetStringAsync(new Uri(Address, "/_sim"), TestContext.Current.CancellationToken));
        return report.RootElement.GetProperty(name).GetInt32();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _client.Dispose();
    }

    private async Task LaunchAsync()
    {
        await KillAsync();
        var process = Processes.Start(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", _arguments);
        _process = process;
        await Eventually.TrueAsync(
            async () => process.HasExited
                ? throw new InvalidOperationException($"The simulator ended before it answered:\n{process.Output}")
                : await AnswersAsync(),
            StartTimeout, $"the simulator answers at {Address}");
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var response = await _client.GetAsync(new Uri(Address, "/health"), TestContext.Current.CancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
