using System.Net.Sockets;
using System.Text;

/// <summary>
/// What .NET calls in every server that is measured, before its own code (DOTNET_STARTUP_HOOKS; it looks for this name outside any
/// namespace): one thread that answers on a Unix socket how much the process has allocated, and how large its heap is. Nobody asks during
/// a round. It uses nothing but the runtime, since the server has no other libraries of this project.
/// </summary>
internal static class StartupHook
{
    /// <summary>The environment variable that names the socket.</summary>
    public const string Variable = "ISLGATEWAY_BENCHMARK_PROBE";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path)
            new Thread(() => Serve(path)) { IsBackground = true, Name = "benchmark probe" }.Start();
    }

    private static void Serve(string path)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var question = new byte[1];
        while (true)
        {
            using var asker = listener.Accept();
            if (asker.Receive(question) == 1) asker.Send(Encoding.ASCII.GetBytes($"{Reply((char)question[0])}"));
        }
    }

    private static long Reply(char question)
    {
        if (question == 'a') return GC.GetTotalAllocatedBytes(precise: true);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
