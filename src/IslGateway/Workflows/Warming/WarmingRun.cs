using System.IO.Pipelines;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Workflows.Inner;

namespace IslGateway.Workflows.Warming;

/// <summary>
/// One warming: reads line after line, no further ahead than calls may be under way, and tells what became of each as soon as it is known.
/// It ends with its last line, and before that once ISL refuses every credential.
/// </summary>
/// <param name="lines">Reads the lines.</param>
/// <param name="caller">Warms one of them.</param>
/// <param name="settings">The settings when it began.</param>
/// <param name="tell">Is told what became of a line; by one thread at a time, and must not wait.</param>
internal sealed class WarmingRun(WarmingLines lines, WarmingCaller caller, GatewaySettings settings, Action<WarmingResult> tell)
{
    /// <summary>What a line may hold beside its body.</summary>
    private const long RoomBesideBody = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly WarmingCredential[] _credentials = WarmingCredential.Of(settings);
    private WarmingReport _report = new();

    /// <summary>What came of it so far.</summary>
    public WarmingReport Report
    {
        get { lock (_gate) return _report with { Anonymous = _credentials is [{ Number: 0 }] }; }
    }

    private bool IsRefused => Array.TrueForAll(_credentials, credential => credential.IsRefused);

    /// <summary>Reads the lines to their end.</summary>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public async Task<WarmingReport> RunAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        using var slots = new SemaphoreSlim(settings.Warming.Concurrency);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = new HashSet<Task>();
        try
        {
            var longest = Math.Min(settings.Limits.MaxRequestBodySize + RoomBesideBody, PooledBuffer.MaxLimit);
            await foreach (var line in lines.ReadAsync(reader, longest, ended.Token))
            {
                if (line.IsBlank || Check(line) is not var (item, row))
                {
                    line.Dispose();
                    continue;
                }

                working.RemoveWhere(static work => work.IsCompletedSuccessfully);
                working.Add(await BeginAsync(line, item, row, slots, ended.Token));
                if (IsRefused) break;
            }

            await Task.WhenAll(working);
        }
        finally
        {
            // Whatever ended it, no call goes on, and no line is held, without it.
            await ended.CancelAsync();
            await Task.WhenAll(working).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var credential in _credentials) credential.Dispose();
        }

        return IsRefused ? Report with { Stopped = "ISL refuses every credential" } : Report;
    }

    /// <summary>What a line asks for; null, and told, if that is nothing that can be warmed.</summary>
    private (RequestItem Item, EndpointRow Row)? Check(WarmingLine line)
    {
        if (line.Text is null)
        {
            Tell(WarmingResult.Malformed(line.Number, "It is longer than Limits:MaxRequestBodySize allows."));
            return null;
        }

        var begins = line.Content.Span.TrimStart(" \t"u8);
        var trouble = RequestItem.TryRead(line.Content, out var item);
        if (trouble is not null && begins is [(byte)'[', ..]) trouble = "It begins a list: a line is one request.";
        if (trouble is not null)
        {
            Tell(WarmingResult.Malformed(line.Number, trouble));
            return null;
        }

        if (caller.RowOf(item, out trouble) is { } row) return (item, row);
        Tell(WarmingResult.NotAsked(line.Number, trouble!));
        return null;
    }

    /// <summary>Begins with a line as soon as fewer lines are under way than may be.</summary>
    private async Task<Task> BeginAsync(
        WarmingLine line, RequestItem item, EndpointRow row, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        try
        {
            await slots.WaitAsync(cancellationToken);
        }
        catch
        {
            line.Dispose();
            throw;
        }

        return Task.Run(() => WarmAsync(line, item, row, slots, cancellationToken), CancellationToken.None);
    }

    private async Task WarmAsync(
        WarmingLine line, RequestItem item, EndpointRow row, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var credential in _credentials)
            {
                if (credential.IsRefused) continue;
                var result = await caller.WarmAsync(line.Number, row, item, credential, cancellationToken);
                Tell(_credentials.Length > 1 ? result with { Credential = credential.Number } : result);
            }
        }
        finally
        {
            line.Dispose();
            slots.Release();
        }
    }

    private void Tell(WarmingResult result)
    {
        lock (_gate)
        {
            _report = _report.With(result.Kind);
            tell(result);
        }
    }
}
