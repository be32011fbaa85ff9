using System.Diagnostics;
using BitFaster.Caching.Lru;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Journey;
using IslGateway.Settings;

namespace IslGateway.Caching;

/// <summary>Takes a caller with a miss to the fill of its key, waits with it until its deadline, and hands it what it may have.</summary>
internal sealed class FillDesk(FillBoard board, Filler filler, CredentialGate credentials, SettingsMonitor settings, TimeProvider time)
{
    /// <summary>How long a key whose answer was oversize is not shared.</summary>
    private static readonly TimeSpan OversizeHolds = TimeSpan.FromSeconds(60);

    /// <summary>Elections that a caller takes part in at most before it goes upstream on its own.</summary>
    private const int MaxElections = 3;

    private readonly ConcurrentLru<Digest, long> _oversize = new(4_096);

    /// <summary>Serves a miss.</summary>
    /// <returns>False if the caller should go upstream on its own.</returns>
    public async Task<bool> ServeAsync(HttpContext context, Exchange exchange, CacheTicket ticket, bool hadEntry)
    {
        var key = ticket.Keys.Under(ticket.Epochs[0]);
        if (_oversize.TryGet(key, out var at) && time.GetElapsedTime(at) < OversizeHolds) return false;

        var decoded = exchange.Body!.TryGetPlain(out var plain);
        if (decoded is not (DecodeResult.Ok or DecodeResult.Mislabelled))
        {
            exchange.Fail(BodyProblems.Of(decoded, exchange.Body, settings.Current.Limits));
            return true;
        }

        var deadline = CallerDirectives.DeadlineOf(context.Request.Headers, ticket.Row.Timeout);
        var acceptsStored = !ticket.Directives.NoCache && ticket.Directives.MaxAge is null;
        for (var election = 0; election < MaxElections; election++)
        {
            var fill = board.JoinOrStart(
                key, ticket.Credential, () => Order(context, exchange, ticket, plain, acceptsStored), filler.RunAsync, out var leads);
            if (!leads && !await MayShareAsync(context, exchange, ticket, fill)) return false;
            if (await WaitAsync(context, exchange, fill, leads, deadline) is not { } result)
            {
                exchange.Fail(Problems.DeadlinePassed(deadline));
                return true;
            }

            if (result.NotStored == Reason.Oversize) _oversize.AddOrUpdate(key, time.GetTimestamp());
            if (!leads && result.IsLeadersAlone) return false;
            if (!leads && result.IsPersonal && fill.Leader.Digest != ticket.Credential.Digest) continue;
            if (result.WasStored && !(acceptsStored && await IsProvenAsync(context, exchange, ticket)))
            {
                acceptsStored = false;
                continue;
            }

            await AnswerAsync(context, exchange, result, leads, hadEntry && ticket.Directives.NoCache);
            return true;
        }

        return false;
    }

    private async Task<FillResult?> WaitAsync(HttpContext context, Exchange exchange, Fill fill, bool leads, TimeSpan deadline)
    {
        var taken = false;
        try
        {
            var left = deadline - exchange.Elapsed;
            var result = await fill.Completion.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, context.RequestAborted);
            taken = true;
            return result;
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            if (!taken) fill.Leave(leads);
        }
    }

    /// <summary>Sharing another's fill needs the same proof as a hit. Asked once joined: before, whose fill it will be is not known.</summary>
    private async ValueTask<bool> MayShareAsync(HttpContext context, Exchange exchange, CacheTicket ticket, Fill fill)
    {
        var may = false;
        try
        {
            return may = fill.Leader.Digest == ticket.Credential.Digest || await IsProvenAsync(context, exchange, ticket);
        }
        finally
        {
            if (!may) fill.Leave(isLeader: false);
        }
    }

    private async ValueTask<bool> IsProvenAsync(HttpContext context, Exchange exchange, CacheTicket ticket) =>
        (await credentials.CheckAsync(context, ticket.Credential, exchange.RequestId)).Standing == CredentialStanding.Proven;

    private FillOrder Order(HttpContext context, Exchange exchange, CacheTicket ticket, ReadOnlyMemory<byte> plain, bool acceptsStored)
    {
        var request = context.Request;
        var headers = FillHeaders.ForFill(request.Headers, ticket.Row, settings.Current.Credentials.Headers, exchange.RequestId, plain.Length);
        return new FillOrder
        {
            Row = ticket.Row,
            Call = new UpstreamCall(KeyComposer.CanonicalMethod(request.Method), exchange.RawTarget, headers, plain.ToArray())
            {
                Row = ticket.Row,
                Retry = ticket.Row.Retry,
                MaxAnswerSize = settings.Current.Cache.MaxEntrySize,
                RemoteAddress = context.Connection.RemoteIpAddress,
            },
            RequestId = exchange.RequestId,
            Credential = ticket.Credential,
            KeyUnder = ticket.Keys.Under,
            IsCurrent = ticket.IsCurrent,
            AcceptsStored = acceptsStored,
            MayStore = !ticket.Directives.NoStore,
            Parent = Activity.Current,
        };
    }

    private static async Task AnswerAsync(HttpContext context, Exchange exchange, FillResult result, bool leads, bool refreshes)
    {
        exchange.Upstream = result.UpstreamDuration;
        if (result.Problem is { } problem)
        {
            exchange.Fail(problem);
            return;
        }

        exchange.Outcome = result.WasStored || !leads ? new CacheOutcome(CacheDisposition.Collapsed, ForwardStatus: result.ForwardStatus)
            : result.NotStored != Reason.None ? new CacheOutcome(CacheDisposition.Miss, result.NotStored, ForwardStatus: result.ForwardStatus)
            : new CacheOutcome(refreshes ? CacheDisposition.Refreshed : CacheDisposition.Stored);
        if (result.Rest is { } rest) await AnswerWriter.StreamAsync(context, result, rest);
        else await AnswerWriter.WriteAsync(context, exchange, result.Answer!, leads ? result.LeaderHeaders : null);
    }
}
