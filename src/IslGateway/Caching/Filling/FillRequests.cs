using System.Diagnostics;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Telemetry;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>Copies from a request what its fill needs, since the fill may outlive the request.</summary>
internal sealed class FillRequests(BufferBudget budget)
{
    /// <summary>The fill's part of a request; null if the buffer budget has no room for its body.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="plain">Its decoded body.</param>
    /// <param name="acceptsStored">Whether an answer that another fill has just stored will do.</param>
    /// <param name="notToStore">Why the answer must not be stored in any case.</param>
    public FillRequest? Of(
        CacheContext context, ReadOnlyMemory<byte> plain, bool acceptsStored, Reason notToStore = Reason.None)
    {
        // What the gateway asks for itself has one place upstream and does not wait for another.
        var place = context.Background?.TakePlace();
        if (context.Background is not null && place is null) return null;
        if (TryCopy(plain) is not { } body) return Refused(place);
        try
        {
            return Of(context, body, acceptsStored, notToStore, place);
        }
        catch (OutOfMemoryException)
        {
            budget.Release(plain.Length);
            return Refused(place);
        }
    }

    private static FillRequest? Refused(IDisposable? place)
    {
        place?.Dispose();
        return null;
    }

    private FillRequest Of(CacheContext context, byte[] body, bool acceptsStored, Reason notToStore, IDisposable? place)
    {
        var request = context.Http.Request;
        var headers = FillHeaders.ForFill(
            request, context.Ticket.Row, context.Settings.Credentials.Headers, context.RequestId, body.Length);
        return new FillRequest
        {
            Row = context.Ticket.Row,
            Call = new UpstreamCall(KeyComposer.CanonicalMethod(request.Method), context.RawTarget, headers, body)
            {
                Row = context.Ticket.Row,
                Key = context.Ticket.Keys.Question(request),
                Retry = context.Ticket.Row.Retry && context.Background is null,
                Purpose = context.Background is null ? CallPurpose.Fill : CallPurpose.Warm,
                MaxAnswerSize = context.Settings.Cache.MaxEntrySize,
                Credential = context.Ticket.Credential,
                CredentialHeaders = context.Settings.Credentials.Headers,
                RemoteAddress = context.Http.Connection.RemoteIpAddress,
            },
            Key = context.Ticket.FillKey,
            Spelling = context.Ticket.Spelling,
            RequestId = context.RequestId,
            PurgeTokens = context.Ticket.PurgeTokens,
            Settings = context.Settings,
            Credential = context.Ticket.Credential,
            KeyUnder = context.Ticket.Keys.Under,
            IsCurrent = context.Ticket.IsCurrent,
            AcceptsStored = acceptsStored,
            NotToStore = !context.Ticket.IsEpochKnown ? Reason.UnknownEpoch
                : context.Ticket.Directives.NoStore ? Reason.NoStoreRequested
                : notToStore,
            Budget = budget,
            IsRedisSpent = context.Redis.IsSpent,
            Place = place,
            Patience = context.Left(context.Ticket.Deadline),
            Parent = Activity.Current,
        };
    }

    /// <summary>A copy of the body that outlives the request; null if there is no room.</summary>
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
