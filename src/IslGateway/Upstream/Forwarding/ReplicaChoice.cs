using IslGateway.Endpoints;
using IslGateway.Upstream.Resilience;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Chooses the replicas from which load balancing may pick.
/// <code>
///   a fill               1. a replica whose circuit awaits a probe: that one, if this call is given the probe
///                        2. the replicas whose circuit is closed and which the call has not tried; then those which it has
///                        3. none: it is not sent
///   anything else        those whose circuit is closed, and if there are none, all
/// </code>
/// </summary>
internal sealed class ReplicaChoice(RequestDelegate next, Circuits circuits, EndpointTable table)
{
    private volatile IReadOnlyList<DestinationState> _known = [];

    public Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        Forget(proxy.AllDestinations);
        if (context.Features.Get<UpstreamAttempt>() is not { } attempt)
        {
            proxy.AvailableDestinations = Preferred(proxy.AvailableDestinations, () => FamilyOf(context));
        }
        else if (attempt.Family is not { } family)
        {
            proxy.AvailableDestinations = Preferred(Untried(proxy.AvailableDestinations, attempt), () => null);
        }
        else if (proxy.AvailableDestinations.Count > 0)
        {
            proxy.AvailableDestinations = Allowed(proxy.AvailableDestinations, attempt, family);
            if (proxy.AvailableDestinations.Count == 0) return Task.CompletedTask;
        }

        return next(context);
    }

    private IReadOnlyList<DestinationState> Allowed(IReadOnlyList<DestinationState> available, UpstreamAttempt attempt, string family)
    {
        var untried = Untried(available, attempt);
        if (attempt.Probe is { } begun)
        {
            // If a probe is sent again it goes to the same replica, unless that is gone.
            var own = available.Where(replica => replica.DestinationId == begun.Replica).ToList();
            if (own.Count > 0) return own;
        }
        else
        {
            foreach (var replica in untried)
            {
                attempt.Probe = circuits.TryProbe(replica.DestinationId, family, attempt.Stranger);
                if (attempt.Probe is not null) return [replica];
            }
        }

        var closed = Closed(untried, family, attempt.Stranger);
        if (closed.Count == 0 && untried.Count < available.Count) closed = Closed(available, family, attempt.Stranger);
        if (closed.Count == 0)
        {
            attempt.RefusedFor = circuits.RefusedFor(available.Select(replica => replica.DestinationId), family, attempt.Stranger)
                ?? TimeSpan.Zero;
        }
        return closed;
    }

    private IReadOnlyList<DestinationState> Closed(IReadOnlyList<DestinationState> replicas, string family, Credential? stranger)
    {
        foreach (var replica in replicas)
        {
            if (!circuits.MaySend(replica.DestinationId, family, stranger))
                return [.. replicas.Where(other => circuits.MaySend(other.DestinationId, family, stranger))];
        }

        return replicas;
    }

    private IReadOnlyList<DestinationState> Preferred(IReadOnlyList<DestinationState> available, Func<string?> family)
    {
        if (available.Count < 2 || !available.Any(replica => circuits.IsSuspect(replica.DestinationId, null))) return available;
        var named = family();
        var sound = available.Where(replica => !circuits.IsSuspect(replica.DestinationId, named)).ToList();
        return sound.Count > 0 ? sound : available;
    }

    private static IReadOnlyList<DestinationState> Untried(IReadOnlyList<DestinationState> available, UpstreamAttempt attempt)
    {
        if (attempt.Tried.Count == 0) return available;
        var others = available.Where(replica => !attempt.Tried.Contains(replica.DestinationId)).ToList();
        return others.Count > 0 ? others : available;
    }

    private string? FamilyOf(HttpContext context) =>
        table.Match(RawTarget.PathOf(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget)) is { } row
            ? row.Family
            : null;

    private void Forget(IReadOnlyList<DestinationState> all)
    {
        if (ReferenceEquals(_known, all)) return;
        _known = all;
        circuits.Retain([.. all.Select(replica => replica.DestinationId)]);
    }
}
