namespace IslGateway.Upstream;

/// <summary>Why a call to ISL brought no complete answer.</summary>
internal enum UpstreamFailure
{
    /// <summary>The answer is complete.</summary>
    None,

    /// <summary>There was no replica to ask.</summary>
    NoReplica,

    /// <summary>No connection could be made: refused, timed out, unknown name or failed TLS. The request was not sent.</summary>
    Unreachable,

    /// <summary>The connection ended before the request was answered.</summary>
    ConnectionEnded,

    /// <summary>What came is no HTTP: its first line or its headers cannot be read.</summary>
    Unreadable,

    /// <summary>The answer began and broke off.</summary>
    Truncated,

    /// <summary>The answer is complete but makes no sense (<see cref="UpstreamCall.IsSound"/>).</summary>
    Invalid,

    /// <summary>The call came back to this gateway, which is its own upstream (508).</summary>
    LoopDetected,

    /// <summary>No answer came in time.</summary>
    TimedOut,

    /// <summary>The buffer budget has no room for the answer.</summary>
    OverBudget,

    /// <summary>Not sent: every replica has recently failed too often for this family of endpoints.</summary>
    CircuitOpen,

    /// <summary>Not sent: this question has recently failed too often.</summary>
    CoolingDown,
}
