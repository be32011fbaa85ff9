namespace IslGateway.Redis;

/// <summary>Looks after tasks that were left behind when their budget passed.</summary>
internal static class BackgroundTask
{
    /// <summary>Sees to it that a failure of the task is nobody's unobserved exception.</summary>
    public static void Observe(Task task) => _ = task.ContinueWith(
        static failed => failed.Exception, CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
