namespace IslGateway.FunctionalTests.Conformance;

/// <summary>What becomes of the connection once the bytes are sent.</summary>
internal enum AfterAnswer
{
    /// <summary>It is closed in good order.</summary>
    Close,

    /// <summary>It is reset.</summary>
    Reset,

    /// <summary>It stays open, and silent.</summary>
    Hold,

    /// <summary>This side ends, and the other finds no reader.</summary>
    Finish,
}
