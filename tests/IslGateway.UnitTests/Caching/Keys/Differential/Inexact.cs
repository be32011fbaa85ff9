namespace IslGateway.UnitTests.Caching.Keys.Differential;

/// <summary>Why a body must not be keyed. The bits are those of <c>reader.py</c>.</summary>
[Flags]
internal enum Inexact
{
    None = 0,

    /// <summary>UTF-16, UTF-32 or a byte order mark: Python reads them.</summary>
    Encoding = 1,

    /// <summary>A key that comes twice, however spelled: Python takes the last.</summary>
    DuplicateKey = 2,

    /// <summary>NaN, Infinity, or a float beyond a double.</summary>
    NotFinite = 4,

    /// <summary>Half a surrogate pair, as an escape or as bytes.</summary>
    LoneSurrogate = 8,

    /// <summary>More levels than the product reads.</summary>
    Deep = 16,

    /// <summary>More digits than CPython takes, on one that is older than its limit.</summary>
    LongInteger = 32,

    /// <summary>Python refuses it.</summary>
    NotRead = 128,
}
