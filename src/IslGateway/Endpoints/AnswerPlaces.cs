namespace IslGateway.Endpoints;

/// <summary>The places in an answer that a row is interested in, collected so that one reading finds them all.</summary>
internal sealed class AnswerPlaces
{
    /// <param name="echoedId">Where ISL echoes the request id.</param>
    /// <param name="fingerprintAt">Where it names its configuration.</param>
    /// <param name="neverStoreWhen">Conditions under which an answer is not stored.</param>
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
    /// All places: first the <see cref="Echoes"/> of the request id, then the <see cref="Fingerprints"/>, then those of the
    /// <see cref="Terms"/>.
    /// </summary>
    public JsonPlace[] All { get; }

    public int Echoes { get; }

    public int Fingerprints { get; }

    /// <summary>The terms of all conditions that look at the answer.</summary>
    public IReadOnlyList<StoreTerm> Terms { get; }

    public IReadOnlyList<StoreCondition> NeverStoreWhen { get; }
}
