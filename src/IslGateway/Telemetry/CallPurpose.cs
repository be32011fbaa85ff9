namespace IslGateway.Telemetry;

/// <summary>What a call to ISL was made for: the words of the <c>purpose</c> label.</summary>
internal enum CallPurpose
{
    /// <summary>To answer callers to whom nothing stored could be served.</summary>
    Fill,

    /// <summary>To answer the one caller whose request passes by the cache.</summary>
    Pass,

    /// <summary>To renew a stored answer that is still being served.</summary>
    Refresh,

    /// <summary>To store an answer before callers ask for it.</summary>
    Warm,

    /// <summary>To see whether ISL still says what is stored.</summary>
    Sentinel,

    /// <summary>To send once more what failed, whatever it was made for at first.</summary>
    Retry,

    /// <summary>To ask ISL whether it accepts a credential.</summary>
    Probe,

    /// <summary>To learn ISL's configuration from its health.</summary>
    Poll,
}
