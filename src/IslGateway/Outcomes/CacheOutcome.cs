using System.Globalization;

namespace IslGateway.Outcomes;

/// <summary>The cache's account of one exchange, and the one place that writes <c>Cache-Status</c> (RFC 9211).</summary>
/// <param name="Disposition">What was done.</param>
/// <param name="Reason">Which tier served, or why nothing was served or stored.</param>
/// <param name="Ttl">Freshness left, in seconds, on a hit; negative once stale.</param>
/// <param name="ForwardStatus">ISL's status when it was not 200.</param>
internal readonly record struct CacheOutcome(
    CacheDisposition Disposition, Reason Reason = Reason.None, long? Ttl = null, int? ForwardStatus = null)
{
    /// <summary>A bypass for the given reason.</summary>
    public static CacheOutcome Bypass(Reason reason) => new(CacheDisposition.Bypass, reason);

    /// <summary>An answer made by the gateway.</summary>
    public static CacheOutcome Answered(Reason reason) => new(CacheDisposition.Answered, reason);

    /// <summary>Whether the exchange counts among the guide's cache hits.</summary>
    public bool IsHit => Disposition is CacheDisposition.Hit or CacheDisposition.Stale;

    /// <summary>The bounded word that labels this outcome in metrics and logs.</summary>
    public string Label => Disposition switch
    {
        CacheDisposition.Stored or CacheDisposition.Refreshed => "stored",
        CacheDisposition.Collapsed => "collapsed",
        _ => Reason.Word(),
    };

    /// <summary>The value of <c>Cache-Status</c>.</summary>
    public override string ToString()
    {
        if (Disposition == CacheDisposition.Hit && Reason != Reason.None)
            return string.Create(CultureInfo.InvariantCulture, $"IslGateway; hit; ttl={Ttl}; detail={Reason.Word()}");
        var status = ForwardStatus is { } code and not 200 ? "; fwd-status=" + code.ToString(CultureInfo.InvariantCulture) : "";
        var detail = Reason == Reason.None ? "" : "; detail=" + Reason.Word();
        return Disposition switch
        {
            CacheDisposition.Hit => string.Create(CultureInfo.InvariantCulture, $"IslGateway; hit; ttl={Ttl}{detail}"),
            CacheDisposition.Stale => string.Create(CultureInfo.InvariantCulture, $"IslGateway; fwd=stale{status}; ttl={Ttl}{detail}"),
            CacheDisposition.Stored => "IslGateway; fwd=miss; stored",
            CacheDisposition.Refreshed => "IslGateway; fwd=request; stored",
            CacheDisposition.Collapsed => $"IslGateway; fwd=miss{status}; collapsed",
            CacheDisposition.Miss => $"IslGateway; fwd=miss{status}{detail}",
            CacheDisposition.Bypass => $"IslGateway; fwd=bypass{status}{detail}",
            _ => $"IslGateway{detail}",
        };
    }
}
