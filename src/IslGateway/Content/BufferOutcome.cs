namespace IslGateway.Content;

/// <summary>Whether a buffer could grow.</summary>
internal enum BufferOutcome
{
    Ok,

    /// <summary>The content is larger than the buffer's own limit.</summary>
    LimitExceeded,

    /// <summary>The process holds too many bytes now; the same content may fit later.</summary>
    BudgetExceeded,
}
