namespace IslGateway.Commands.Demo;

/// <summary>A pattern, played three times.</summary>
/// <param name="Pattern">What was played.</param>
/// <param name="OneByOne">One after the other, each computed by ISL: nothing comes from the cache, and nothing is stored.</param>
/// <param name="AtOnce">All at once, not yet stored.</param>
/// <param name="Again">The same once more.</param>
internal sealed record DemoPlay(DemoPattern Pattern, DemoRound OneByOne, DemoRound AtOnce, DemoRound Again)
{
    public IReadOnlyList<DemoRound> Rounds => [OneByOne, AtOnce, Again];
}
