using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests.Conformance;

/// <summary>What an upstream of given bytes does with every request but health polls.</summary>
internal sealed record ScriptSpec
{
    /// <summary>The whole answer, one byte per character (Latin-1), framing included.</summary>
    public required string Answer { get; init; }

    public AfterAnswer Then { get; init; } = AfterAnswer.Close;

    /// <summary>It answers as soon as it has the head of a request, and reads nothing after that.</summary>
    public bool Early { get; init; }
}
