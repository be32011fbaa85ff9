namespace IslGateway.Content;

/// <summary>What became of a coded body. Unless it is <see cref="Ok"/>, what was written to the output means nothing.</summary>
internal enum DecodeResult
{
    Ok,

    /// <summary>Labelled gzip but plain JSON: the wire bytes are the content.</summary>
    Mislabelled,

    /// <summary>Not one whole, intact body in the named coding: 400.</summary>
    Damaged,

    /// <summary>The content is larger than the output's limit: 413.</summary>
    TooLarge,

    /// <summary>The process holds too many bytes in buffers: 503.</summary>
    OverBudget,
}
