namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Tests that measure, or that take the whole machine: they run one after the other once all the others have.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
