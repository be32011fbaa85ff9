using System.Diagnostics;
using IslGateway.Caching.Sessions;

namespace IslGateway.UnitTests.Caching.Sessions;

public sealed class ProcessMarkTests
{
    [Fact]
    public void IsOfTheDead_ThisProcess_IsNot() => Assert.False(ProcessMark.IsOfTheDead(ProcessMark.Own));

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("house-1-2")]
    [InlineData("a-b-c-d")]
    public void IsOfTheDead_MarkOfAnotherHouseOrNone_CannotBeTold(string mark) => Assert.False(ProcessMark.IsOfTheDead(mark));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1 (gate")]
    [InlineData("1 (gateway) S 1")]
    public void IsOfTheDead_RunsButItsStateCannotBeRead_CannotBeTold(string? stat) => Assert.False(ProcessMark.IsOfTheDead(ProcessMark.Own, _ => stat));

    [Fact]
    public void IsOfTheDead_OnlyItsExitCodeIsLeft_Is()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are marked on Linux only");
        var start = ProcessMark.Own.Split('-')[^1];
        string StatIn(char state) => $"1 (a) b) {state} {string.Join(' ', Enumerable.Repeat('0', 18))} {start} 0";
        Assert.True(ProcessMark.IsOfTheDead(ProcessMark.Own, _ => StatIn('Z')));
        Assert.False(ProcessMark.IsOfTheDead(ProcessMark.Own, _ => StatIn('S')));
    }

    [Fact]
    public async Task IsOfTheDead_ProcessThatWasKilled_Is()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are marked on Linux only");
        using var child = Process.Start(new ProcessStartInfo("sleep", "60"))!;
        var parts = ProcessMark.Own.Split('-');
        var stat = await File.ReadAllTextAsync($"/proc/{child.Id}/stat", TestContext.Current.CancellationToken);
        var start = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
        var mark = $"{parts[0]}-{child.Id}-{start}";
        Assert.False(ProcessMark.IsOfTheDead(mark));

        // Another process under the same number is not the one that was marked.
        Assert.True(ProcessMark.IsOfTheDead($"{parts[0]}-{child.Id}-1"));

        child.Kill();
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(ProcessMark.IsOfTheDead(mark));
        Assert.True(ProcessMark.IsOfTheDead(mark, _ => null));
    }
}
