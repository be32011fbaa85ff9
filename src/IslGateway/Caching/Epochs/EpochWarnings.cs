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

    /// <summary>
    /// How often answers must have contradicted one epoch: in a deployment the last answers of the old process do so, too.
    /// </summary>
    private const int ContradictionsToWarn = 3;

    private readonly Lock _gate = new();
    private readonly HashSet<Replica> _alternating = [];
    private readonly Dictionary<Replica, HashSet<Epoch>> _withoutBuild = [];
    private readonly Dictionary<Replica, int> _contradicted = [];

    /// <summary>Looks at a replica whose poll was just taken.</summary>
    /// <param name="replica">The replica.</param>
    /// <param name="before">The epoch that its previous poll reported.</param>
    /// <param name="reported">The epoch that this poll reported.</param>
    /// <param name="within"><c>Isl:EpochMaxAge</c>.</param>
    /// <param name="isContradicted">Whether an answer has named another configuration since the previous poll.</param>
    public void Consider(Replica replica, Epoch? before, Epoch reported, TimeSpan within, bool isContradicted)
    {
        var isAlternating = replica.IsAlternating(within);
        bool changed, isNewWithoutBuild, isAtOdds;
        lock (_gate)
        {
            changed = isAlternating ? _alternating.Add(replica) : _alternating.Remove(replica);
            isNewWithoutBuild = !reported.HasKnownBuild && IsNew(replica, reported);
            isAtOdds = IsAtOdds(replica, isContradicted, isSame: before == reported);
        }

        if (changed && isAlternating) LogAlternating(replica.Id, before, reported, within);
        else if (changed) LogSteady(replica.Id, reported);
        if (isNewWithoutBuild) LogWithoutBuild(replica.Id, reported);
        if (isAtOdds) LogAtOdds(replica.Id, reported);
    }

    /// <summary>Forgets the replicas that no longer exist.</summary>
    public void Forget(IReadOnlyCollection<Replica> present)
    {
        lock (_gate)
        {
            _alternating.RemoveWhere(replica => !present.Contains(replica));
            foreach (var gone in _withoutBuild.Keys.Where(replica => !present.Contains(replica)).ToList()) _withoutBuild.Remove(gone);
            foreach (var gone in _contradicted.Keys.Where(replica => !present.Contains(replica)).ToList()) _contradicted.Remove(gone);
        }
    }

    /// <summary>Once for each epoch that a replica's health keeps to.</summary>
    private bool IsAtOdds(Replica replica, bool isContradicted, bool isSame)
    {
        if (!isSame) _contradicted.Remove(replica);
        if (!isSame || !isContradicted) return false;
        var times = Math.Min(_contradicted.GetValueOrDefault(replica), ContradictionsToWarn) + 1;
        _contradicted[replica] = times;
        return times == ContradictionsToWarn;
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

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The answers of replica {Replica} name another configuration or build than its health, which goes on reporting {Epoch}: "
            + "none of them is stored. Is health answered by the ISL that computes?")]
    private partial void LogAtOdds(string replica, Epoch epoch);
}
