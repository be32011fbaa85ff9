using IslGateway.Upstream;

namespace IslGateway.Caching.Answers;

/// <summary>
/// Keeps requests to <c>Deterministic</c> rows, so that they can be asked again where no caller does. Is told only while
/// <c>Cache:KeepRequests</c> is more than 0. Caching defines it so that a workflow can keep them without Caching knowing the workflow.
/// </summary>
internal interface IRequestKeeper
{
    /// <summary>
    /// A hit is about to be served whose answer nobody counts the hits of yet. Returns at once, never throws, and copies what it needs,
    /// because afterwards the request's body may be gone.
    /// </summary>
    /// <param name="context">The caller's request; it need not be keyed.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="asked">What else is known of it.</param>
    void Served(CacheContext context, StoredAnswer answer, in AskedQuestion asked);

    /// <summary>A fill's answer has been stored, or was to be and found no room. Never throws.</summary>
    /// <param name="call">The call, whose body nobody changes.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="asked">What else is known of it.</param>
    void Stored(UpstreamCall call, StoredAnswer answer, in AskedQuestion asked);
}
