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
    }
}
