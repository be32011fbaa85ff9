namespace IslSimulator.Catalogue;

/// <summary>The ways in which ISL's answers describe themselves.</summary>
internal enum MetadataKind
{
    /// <summary>No metadata at all.</summary>
    None,

    /// <summary><c>_metadata</c> with fingerprint and settings.</summary>
    Underscore,

    /// <summary>The same under <c>metadata</c>.</summary>
    Plain,

    /// <summary><c>metadata</c> with a computation time and no fingerprint.</summary>
    Timing,

    /// <summary>The same under <c>_metadata</c>.</summary>
    UnderscoreTiming,

    /// <summary><c>_metadata: null</c>.</summary>
    Null,
}
