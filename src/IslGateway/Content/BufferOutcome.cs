namespace IslGateway.Content;

/// <summary>Whether a buffer could make room.</summary>
internal enum BufferOutcome
{
    Ok,

    /// <summary>The buffer's own limit stands in the way: the content is too large.</summary>
    LimitExceeded,

    /// <summary>The process holds too many bytes already: the same content may fit later.</summary>
    BudgetExceeded,
}
