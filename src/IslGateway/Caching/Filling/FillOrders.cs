using System.Diagnostics;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>Takes from a request what its fill needs: the fill outlives the caller, so that nothing of it may be the caller's to take back.</summary>
internal sealed class FillOrders(BufferBudget budget)
{
    /// <summary>What a fill needs of a request. Null: there is no room for it.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="exchange">The same.</param>
    /// <param name="ticket">The same, keyed.</param>
    /// <param name="plain">Its plain body.</param>
    /// <param name="acceptsStored">Whether a copy that another fill has just stored will do.</param>
    /// <param name="notToStore">Why the answer must not be stored, whatever it is.</param>
    public FillOrder? Of(
        HttpContext context, Exchange exchange, CacheTicket ticket, ReadOnlyMemory<byte> plain, bool acceptsStored, Reason notToStore = Reason.None)
    {
        if (TryCopy(plain) is not { } body) return null;
        try
        {
            return Of(context, exchange, ticket, body, acceptsStored, notToStore);
        }
        catch (OutOfMemoryException)
        {
            budget.Release(plain.Length);
            return null;
        }
    }

    private FillOrder Of(HttpContext context, Exchange exchange, CacheTicket ticket, byte[] body, bool acceptsStored, Reason notToStore)
    {
        var request = context.Request;
        var headers = FillHeaders.ForFill(request, ticket.Row, exchange.Settings.Credentials.Headers, exchange.RequestId, body.Length);
        return new FillOrder
        {
            Row = ticket.Row,
            Call = new UpstreamCall(KeyComposer.CanonicalMethod(request.Method), exchange.RawTarget, headers, body)
            {
                Row = ticket.Row,
                Key = ticket.Keys.Question(request),
                Retry = ticket.Row.Retry,
                MaxAnswerSize = exchange.Settings.Cache.MaxEntrySize,
                Credential = ticket.Credential,
                CredentialHeaders = exchange.Settings.Credentials.Headers,
                RemoteAddress = context.Connection.RemoteIpAddress,
            },
            RequestId = exchange.RequestId,
            Settings = exchange.Settings,
            Credential = ticket.Credential,
            KeyUnder = ticket.Keys.Under,
            IsCurrent = ticket.IsCurrent,
            AcceptsStored = acceptsStored,
            NotToStore = !ticket.IsEpochKnown ? Reason.UnknownEpoch : ticket.Directives.NoStore ? Reason.NoStoreRequested : notToStore,
            Budget = budget,
            Patience = exchange.Left(ticket.Deadline),
            Parent = Activity.Current,
        };
    }

    /// <summary>The fill outlives its caller, and so must its body. Null: there is no room.</summary>
    private byte[]? TryCopy(ReadOnlyMemory<byte> plain)
    {
        if (!budget.ForFills.TryReserve(plain.Length)) return null;
        try
        {
            return plain.ToArray();
        }
        catch (OutOfMemoryException)
        {
            budget.Release(plain.Length);
            return null;
        }
    }
}
