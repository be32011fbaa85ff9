namespace IslGateway.Workflows.Rollover;

/// <summary>How a rollover ends. The words are labels of <c>isl_gateway_rollovers_total</c>.</summary>
internal enum RolloverOutcome
{
    /// <summary>All that was to be asked has been seen to.</summary>
    Complete,

    /// <summary>ISL has changed again: another one begins.</summary>
    Epoch,

    /// <summary><c>Rollover:MaxDuration</c> is over.</summary>
    Time,

    /// <summary>ISL refuses every credential that is left.</summary>
    Credential,

    /// <summary>Nothing was asked: no kept request belongs to a credential of <c>Warming:Credentials</c>.</summary>
    Nobody,

    /// <summary>It has been switched off.</summary>
    Settings,

    /// <summary>The gateway stops.</summary>
    Stopping,

    /// <summary>Something happened that nobody has thought of.</summary>
    Failed,
}
