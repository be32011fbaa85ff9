namespace IslGateway.Upstream;

/// <summary>Why a call to ISL brought no whole answer.</summary>
internal enum UpstreamFailure
{
    /// <summary>The answer is whole.</summary>
    None,

    /// <summary>There was no replica to ask.</summary>
    NoReplica,

    /// <summary>No connection could be made: refused, not in time, no such name, no TLS. The request was not sent.</summary>
    Unreachable,

    /// <summary>The connection ended under the request, before an answer.</summary>
    ConnectionEnded,

    /// <summary>The answer began and broke off.</summary>
    Truncated,

    /// <summary>The answer is whole and makes no sense (<see cref="UpstreamCall.IsSound"/>).</summary>
    Invalid,

    /// <summary>The call came back to this gateway, which is its own upstream (508).</summary>
    LoopDetected,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>Too many bytes are buffered to hold the answer.</summary>
    OverBudget,

    /// <summary>Not sent: every replica has failed too often of late for calls of this family.</summary>
    CircuitOpen,

    /// <summary>Not sent: this question itself has failed too often of late.</summary>
    CoolingDown,
}
