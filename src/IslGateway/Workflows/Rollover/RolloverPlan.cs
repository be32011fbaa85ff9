using IslGateway.Content;
using IslGateway.Workflows.Kept;

namespace IslGateway.Workflows.Rollover;

/// <summary>What one rollover asks.</summary>
/// <param name="Epoch">The epochs that ISL reports, for people.</param>
/// <param name="Epochs">Their digests, the most recently confirmed first.</param>
/// <param name="Requests">The requests whose answers belong to another epoch, the one of most worth first.</param>
/// <param name="Credentials">Whom they may be asked as.</param>
internal sealed record RolloverPlan(
    string Epoch, IReadOnlyList<Digest> Epochs, IReadOnlyList<KeptRequest> Requests, RolloverCredentials Credentials)
{
    /// <summary>The epochs that ISL has left and the requests were answered under, for people; empty: none that is remembered.</summary>
    public string From { get; init; } = "";

    /// <summary>Requests that are left out because no credential of the settings may ask them.</summary>
    public int Strangers { get; init; }

    /// <summary>Makes one.</summary>
    /// <param name="epoch">The epochs that ISL reports, for people.</param>
    /// <param name="epochs">Their digests.</param>
    /// <param name="kept">All that is kept, the one of most worth first.</param>
    /// <param name="credentials">Whom they may be asked as.</param>
    /// <param name="most"><c>Rollover:MaxRequests</c>.</param>
    public static RolloverPlan Of(
        string epoch, IReadOnlyList<Digest> epochs, IReadOnlyList<KeptRequest> kept, RolloverCredentials credentials, int most)
    {
        var earlier = kept.Where(request => !epochs.Contains(request.Epoch)).ToLookup(credentials.Has);
        return new RolloverPlan(epoch, epochs, [.. earlier[true].Take(most)], credentials) { Strangers = earlier[false].Count() };
    }
}
