namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>What becomes of a connection after an answer that was given before the body was read.</summary>
internal enum AfterEarlyAnswer
{
    /// <summary>This side ends, and the socket stays: the rest of the body finds no reader and no error.</summary>
    FinishAndHold,

    /// <summary>Nothing: it stays open both ways, and nobody reads.</summary>
    Hold,

    /// <summary>It is closed with the body unread, which the sender meets as a reset.</summary>
    Reset,
}
