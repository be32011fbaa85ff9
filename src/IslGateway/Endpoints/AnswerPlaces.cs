namespace IslGateway.Endpoints;

/// <summary>What a row wants to know of its answers, so that one reading of each finds it all.</summary>
internal sealed class AnswerPlaces
{
    /// <param name="echoedId">Where ISL echoes the request id.</param>
    /// <param name="fingerprintAt">Where it names its configuration.</param>
    /// <param name="neverStoreWhen">Under which conditions an answer is not kept.</param>
    public AnswerPlaces(
        IReadOnlyList<JsonPointer> echoedId,
        IReadOnlyList<JsonPointer>? fingerprintAt = null,
        IReadOnlyList<StoreCondition>? neverStoreWhen = null)
    {
        NeverStoreWhen = neverStoreWhen ?? [];
        Terms = [.. NeverStoreWhen.SelectMany(condition => condition.OfAnswer)];
        (Echoes, Fingerprints) = (echoedId.Count, fingerprintAt?.Count ?? 0);
        All = [.. echoedId.Concat(fingerprintAt ?? []).Select(pointer => new JsonPlace(pointer)), .. Terms.Select(term => term.Place)];
    }

    /// <summary>
    /// All places: the first <see cref="Echoes"/> are of echoes, the next <see cref="Fingerprints"/> of fingerprints, the rest of
    /// <see cref="Terms"/>.
    /// </summary>
    public IReadOnlyList<JsonPlace> All { get; }

    public int Echoes { get; }

    public int Fingerprints { get; }

    /// <summary>What the conditions ask of the answer, one after another.</summary>
    public IReadOnlyList<StoreTerm> Terms { get; }

    public IReadOnlyList<StoreCondition> NeverStoreWhen { get; }
}
