namespace IslGateway.Benchmarks.Processes;

/// <summary>Where other programs are.</summary>
internal static class Programs
{
    /// <summary>The program's path, where it is installed.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/usr/local/sbin"])
            .Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
