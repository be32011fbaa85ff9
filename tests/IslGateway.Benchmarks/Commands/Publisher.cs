using System.Diagnostics;

namespace IslGateway.Benchmarks.Commands;

/// <summary>Publishes the gateway as it is delivered, so that what is measured is what is in the sources.</summary>
internal static class Publisher
{
    /// <returns>The published executable.</returns>
    public static async Task<string> PublishAsync(CancellationToken cancellationToken)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "IslGateway.sln")))
        {
            root = root.Parent
                ?? throw new InvalidOperationException("Run this inside the repository, or name a published gateway by --gateway.");
        }

        var folder = Path.Combine(AppContext.BaseDirectory, "gateway");
        var project = Path.Combine(root.FullName, "src", "IslGateway");
        string[] arguments =
        [
            "publish", project, "-c", "Release", "--use-current-runtime", "--no-self-contained", "-o", folder, "-v", "q", "--nologo",
            "-p:RunAnalyzers=false",
        ];
        using var dotnet = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = await dotnet.StandardOutput.ReadToEndAsync(cancellationToken);
        await dotnet.WaitForExitAsync(cancellationToken);
        return dotnet.ExitCode == 0
            ? Path.Combine(folder, "IslGateway")
            : throw new InvalidOperationException($"publishing failed:\n{output}");
    }
}
