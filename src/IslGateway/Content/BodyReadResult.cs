namespace IslGateway.Content;

/// <summary>The outcome of reading a body.</summary>
internal enum BodyReadResult
{
    Ok,

    /// <summary>The body is longer than the buffer's limit: 413. The rest was not read.</summary>
    TooLarge,

    /// <summary>The process holds too many bytes in buffers: 503. The rest was not read.</summary>
    OverBudget,
}
