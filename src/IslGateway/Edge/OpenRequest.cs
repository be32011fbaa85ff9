namespace IslGateway.Edge;

/// <summary>One request of a connection, from its head on until its answer has left, and whether the gateway waits for more of it.</summary>
internal sealed class OpenRequest(HttpContext context, OpenRequests connection, TimeProvider time)
{
    /// <summary>Nothing is waited for: a time that never comes.</summary>
    private const long Nothing = long.MaxValue;

    private long _waitingSince = Nothing;

    /// <summary>Has a body that streams through watched.</summary>
    public static void WatchBody(HttpContext context)
    {
        if (context.Features.Get<OpenRequest>() is { } request) context.Request.Body = new WatchedBody(context.Request.Body, request);
    }

    /// <summary>From here on the caller has to send more.</summary>
    public void WaitForBody() => Volatile.Write(ref _waitingSince, time.GetTimestamp());

    /// <summary>What was waited for is here.</summary>
    public void BodyCame() => Volatile.Write(ref _waitingSince, Nothing);

    /// <summary>The answer has left, or nobody is there to take it.</summary>
    public Task End()
    {
        connection.Remove(this);
        return Task.CompletedTask;
    }

    /// <summary>Ends a request whose rest has not come for so long. Whatever is being computed or answered is let be.</summary>
    public void AbortIfOverdue(long drainBegan, TimeSpan grace)
    {
        var since = Volatile.Read(ref _waitingSince);
        if (since != Nothing && !context.Response.HasStarted && time.GetElapsedTime(Math.Max(drainBegan, since)) >= grace) context.Abort();
    }
}
