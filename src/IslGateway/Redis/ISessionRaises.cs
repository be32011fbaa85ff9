namespace IslGateway.Redis;

/// <summary>Where tokens for users' beliefs are replaced so that every gateway sees it.</summary>
internal interface ISessionRaises
{
    /// <summary>Replaces tokens.</summary>
    /// <param name="secret">Tells apart the secret that names the users.</param>
    /// <param name="raises">Whose.</param>
    /// <param name="unsettledFor">For how long those are unsettled that are.</param>
    /// <param name="isAwaited">Whether an update waits for it; else it is made in the background.</param>
    /// <returns>Whether it is acknowledged.</returns>
    ValueTask<bool> RaiseAsync(string secret, IReadOnlyList<SessionRaise> raises, TimeSpan unsettledFor, bool isAwaited);
}
