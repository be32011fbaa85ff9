namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>What becomes of the connection once the bytes are sent.</summary>
internal enum AfterAnswer
{
    /// <summary>It is closed in good order; with a body unread, the sender of that meets a reset.</summary>
    Close,

    /// <summary>It is reset.</summary>
    Reset,

    /// <summary>It stays open, and silent, and nobody reads.</summary>
    Hold,

    /// <summary>This side ends, and the other finds no reader.</summary>
    Finish,

    /// <summary>The next request on it is read.</summary>
    Keep,
}
