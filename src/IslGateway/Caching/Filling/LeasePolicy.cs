using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Which fills go by a lease, and what each does next. A lease saves calls and never answers for anything: in doubt, fill.
/// </summary>
internal static class LeasePolicy
{
    /// <summary>Renewals in the life of a lease: two may be lost before the third is too late.</summary>
    private const int RenewalsPerLife = 4;

    /// <summary>Whether another gateway's answer would do for a fill, and its own for another gateway.</summary>
    public static bool Concerns(FillRequest fill) => fill.AcceptsStored && fill.NotToStore == Reason.None;

    /// <summary>Between two renewals.</summary>
    public static TimeSpan RenewInterval(LeaseOptions options) => options.Ttl / RenewalsPerLife;

    /// <param name="seen">What Redis said.</param>
    /// <param name="isPatient">Whether the fill may wait on.</param>
    public static LeaseStep Next(RedisReply<LeaseLook> seen, bool isPatient) => seen.Value switch
    {
        null => LeaseStep.FillWithout,
        { Found: not null } => LeaseStep.Serve,
        { IsTaken: true } => LeaseStep.Fill,
        { Standing: LeaseStanding.NotStored or LeaseStanding.Damaged } => LeaseStep.FillWithout,
        _ => isPatient ? LeaseStep.Wait : LeaseStep.FillWithout,
    };
}
