namespace IslGateway.Redis.Sealing;

/// <summary>What became of opening what should be sealed.</summary>
internal enum SealVerdict
{
    /// <summary>It is what one of our keys has sealed for this name.</summary>
    Opened,

    /// <summary>It is in clear text.</summary>
    Unsealed,

    /// <summary>It was sealed with a key that is not among ours, or says so.</summary>
    UnknownKey,

    /// <summary>It says that it was sealed with one of our keys, and was not, or not so, or not for this name.</summary>
    Altered,
}
