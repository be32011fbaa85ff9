namespace IslGateway.FunctionalTests.RedisFaults;

/// <summary>The rigs that several faults share, one after the other: each leaves its Redis well.</summary>
public sealed class FaultRigs : IAsyncDisposable
{
    private FaultRig? _direct;
    private FaultRig? _linked;

    /// <summary>
    /// Whether a gateway without Redis is asked beside the others, so that what the machine did can be told from what the fault did.
    /// </summary>
    public bool IsMeasured { get; set; }

    /// <summary>How many times the shipped budgets those of the gateways are.</summary>
    internal int Patience => IsMeasured ? 1 : FaultRig.Patience;

    internal async Task<FaultRig> DirectAsync() => await WellAsync(_direct ??= await FaultRig.StartAsync(throughLink: false, IsMeasured));

    internal async Task<FaultRig> LinkedAsync() => await WellAsync(_linked ??= await FaultRig.StartAsync(throughLink: true, IsMeasured));

    /// <summary>Gives up the rigs whose Redis a failed test may have left in trouble.</summary>
    internal async Task GiveUpAsync()
    {
        await DisposeAsync();
        (_direct, _linked) = (null, null);
    }

    public async ValueTask DisposeAsync()
    {
        if (_direct is not null) await _direct.DisposeAsync();
        if (_linked is not null) await _linked.DisposeAsync();
    }

    private static async Task<FaultRig> WellAsync(FaultRig rig)
    {
        await rig.IsWellAsync();
        return rig;
    }
}
