namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Waits for what another thread or process brings about. An exception of the condition ends the wait at once.</summary>
internal static class Eventually
{
    private const int FirstInterval = 1;
    private const int LongestInterval = 20;

    public static Task TrueAsync(Func<bool> condition, TimeSpan timeout, string what) =>
        TrueAsync(() => Task.FromResult(condition()), timeout, what);

    /// <param name="condition">Asked at once, soon again, and then every 20 ms; an attempt that hangs counts as false.</param>
    /// <param name="timeout">After it the test fails.</param>
    /// <param name="what">What should have come true, for the failure message: "the entry is in Redis".</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan timeout, string what)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var deadline = Task.Delay(timeout, TimeProvider.System, stop.Token);
        for (var interval = FirstInterval; !deadline.IsCompleted; interval = Math.Min(2 * interval, LongestInterval))
        {
            var attempt = condition();
            if (await Task.WhenAny(attempt, deadline) == attempt && await attempt)
            {
                await stop.CancelAsync();
                return;
            }

            await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(interval), TimeProvider.System, stop.Token), deadline);
        }

        await deadline;
        Assert.Fail($"Within {timeout.TotalSeconds:0.###} s it did not come true that {what}.");
    }
}
