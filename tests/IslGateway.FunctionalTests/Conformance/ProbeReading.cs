namespace IslGateway.FunctionalTests.Conformance;

/// <summary>How a <see cref="ProbeSpec"/> has to be read.</summary>
internal enum ProbeReading
{
    /// <summary>Not at all: one answer, 4xx, 501 or 505, and the connection closed.</summary>
    Refused,

    /// <summary>As one request, of which the second is the body.</summary>
    One,

    /// <summary>As two requests, each with its own answer.</summary>
    Each,
}
