using System.Security.Cryptography;

namespace IslGateway.UnitTests.Caching.Validation.Pydantic;

/// <summary>
/// Relaxed schemas against pydantic itself, the validator that ISL uses: no body that it takes is refused, and most bodies that it refuses
/// for a missing field, a wrong container or a value outside of an enumeration are.
/// </summary>
public sealed class PydanticTests(ITestOutputHelper output)
{
    private const int BodiesPerModel = 400;

    /// <summary>The rest has a field that may be there under a second name, or lies within a tuple.</summary>
    private const double ShareFound = 0.7;

    [Fact]
    public void Bodies_ThatPydanticWasSeenToTake_AreNotRefused() => Hold(PydanticRun.Recorded(), atLeast: 100);

    /// <summary>With a new seed each time, where <c>python3</c> has pydantic.</summary>
    [Fact]
    public void Bodies_ThatPydanticTakes_AreNotRefused()
    {
        foreach (var seed in (int[])[20, RandomNumberGenerator.GetInt32(int.MaxValue)])
        {
            output.WriteLine($"seed {seed}");
            if (PydanticRun.Make(seed, BodiesPerModel) is not { } run)
            {
                Assert.Skip("There is no python3 with pydantic 2 on the path.");
                return;
            }

            Hold(run, atLeast: 1_000);
        }
    }

    private void Hold(PydanticRun run, int atLeast)
    {
        output.WriteLine(
            $"pydantic {run.Version}: {run.Taken} taken; {run.Structural} refused for their structure, {run.Found} of them found");
        Assert.Empty(run.Contradictions);
        Assert.InRange(run.Taken, atLeast, int.MaxValue);
        Assert.InRange(run.Found, run.Structural * ShareFound, run.Structural);
    }
}
