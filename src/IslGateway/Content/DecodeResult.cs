namespace IslGateway.Content;

/// <summary>The outcome of decoding a body. Unless it is <see cref="Ok"/>, the output is meaningless.</summary>
internal enum DecodeResult
{
    Ok,

    /// <summary>Labelled gzip but plain JSON: the received bytes are the content.</summary>
    Mislabelled,

    /// <summary>Not one complete, intact body in the named coding: 400.</summary>
    Damaged,

    /// <summary>The content is larger than the output's limit: 413.</summary>
    TooLarge,

    /// <summary>The process holds too many bytes in buffers: 503.</summary>
    OverBudget,
}
