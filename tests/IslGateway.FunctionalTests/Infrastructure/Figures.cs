namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// What a test measured, for people to read: <c>dotnet test</c> lists it as the name of an attachment, since it shows nothing else of a
/// test that passes, and <c>reports/NAME.txt</c> beside the tests holds it in full, which <c>.ci/run</c> prints.
/// </summary>
internal static class Figures
{
    private const int MaxFileName = 200;

    private static readonly Lock Gate = new();

    public static void Report(string name, string text)
    {
        Say(name, text);
        Write(name, text);
    }

    /// <summary>Only with the test itself.</summary>
    public static void Say(string name, string text)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        var line = $"{name}: {text.ReplaceLineEndings("; ")}".Replace('/', ' ');
        TestContext.Current.AddAttachment(line[..Math.Min(line.Length, MaxFileName)], text);
    }

    /// <summary>Only to the file.</summary>
    public static void Write(string name, string text)
    {
        lock (Gate)
        {
            var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "reports"));
            File.AppendAllText(Path.Combine(folder.FullName, name + ".txt"), text + "\n");
        }
    }
}
