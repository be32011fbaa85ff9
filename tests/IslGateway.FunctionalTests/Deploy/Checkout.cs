namespace IslGateway.FunctionalTests.Deploy;

/// <summary>The repository that the tests were built from.</summary>
internal static class Checkout
{
    /// <summary>Its folder: the nearest one above the tests that holds the solution.</summary>
    public static string Root { get; } = Find();

    public static string PathOf(string file) => Path.Combine(Root, file);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "IslGateway.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
