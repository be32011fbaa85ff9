namespace IslGateway.Caching.Epochs;

/// <summary>
/// Warns the operator, once per finding, of what keeps answers from being stored or hides a deployment. May be used from any thread.
/// </summary>
internal sealed partial class EpochWarnings(ILogger logger)
{
    /// <summary>
    /// The most epochs without a build that are warned about per replica: beyond that its configuration is plainly unstable.
    /// </summary>
    private const int MaxPerReplica = 16;

    private readonly Lock _gate = new();
    private readonly HashSet<Replica> _alternating = [];
    private readonly Dictionary<Replica, HashSet<Epoch>> _withoutBuild = [];

    /// <summary>Looks at a replica whose poll was just taken.</summary>
    /// <param name="replica">The replica.</param>
    /// <param name="before">The epoch that its previous poll reported.</param>
    /// <param name="reported">The epoch that this poll reported.</param>
    /// <param name="within"><c>Isl:EpochMaxAge</c>.</param>
    public void Consider(Replica replica, Epoch? before, Epoch reported, TimeSpan within)
    {
        var isAlternating = replica.IsAlternating(within);
        bool changed, isNewWithoutBuild;
        lock (_gate)
        {
            changed = isAlternating ? _alternating.Add(replica) : _alternating.Remove(replica);
            isNewWithoutBuild = !reported.HasKnownBuild && IsNew(replica, reported);
        }

        if (changed && isAlternating) LogAlternating(replica.Id, before, reported, within);
        else if (changed) LogSteady(replica.Id, reported);
        if (isNewWithoutBuild) LogWithoutBuild(replica.Id, reported);
    }

    /// <summary>Forgets the replicas that no longer exist.</summary>
    public void Forget(IReadOnlyCollection<Replica> present)
    {
        lock (_gate)
        {
            _alternating.RemoveWhere(replica => !present.Contains(replica));
            foreach (var gone in _withoutBuild.Keys.Where(replica => !present.Contains(replica)).ToList()) _withoutBuild.Remove(gone);
        }
    }

    private bool IsNew(Replica replica, Epoch epoch)
    {
        if (!_withoutBuild.TryGetValue(replica, out var seen)) _withoutBuild[replica] = seen = [];
        return seen.Count < MaxPerReplica && seen.Add(epoch);
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Different builds seem to answer at the address of replica {Replica}: after {Before} its health went back to {Epoch}; "
            + "none of its answers is stored for {Within}")]
    private partial void LogAlternating(string replica, Epoch? before, Epoch epoch, TimeSpan within);

    [LoggerMessage(Level = LogLevel.Information, Message = "Replica {Replica} reports {Epoch} alone again; its answers are stored")]
    private partial void LogSteady(string replica, Epoch epoch);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Replica {Replica} does not say which build it is, in epoch {Epoch}: a deployment that changes only code goes unnoticed. "
            + "Set GIT_COMMIT_SHA for ISL, or change Cache:Generation with each deployment")]
    private partial void LogWithoutBuild(string replica, Epoch epoch);
}
