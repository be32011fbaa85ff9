namespace IslGateway.Workflows.Inner;

/// <summary>Why an inner request's answer is not whole.</summary>
internal enum InnerFault
{
    /// <summary>It is.</summary>
    None,

    /// <summary>It is larger than was allowed.</summary>
    TooLarge,

    /// <summary>The buffer budget has no room for it.</summary>
    OverBudget,

    /// <summary>It broke off, or failed in a way that nobody has thought of.</summary>
    BrokeOff,
}
