using System.ComponentModel;
using System.Runtime.InteropServices;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>The signals that .NET's Process cannot send. Stop and Continue have other numbers on macOS than on Linux.</summary>
internal readonly record struct UnixSignal(int Number)
{
    public static UnixSignal Terminate => new(15);

    public static UnixSignal Interrupt => new(2);

    public static UnixSignal Stop => new(OperatingSystem.IsMacOS() ? 17 : 19);

    public static UnixSignal Continue => new(OperatingSystem.IsMacOS() ? 19 : 18);

    public void SendTo(int processId)
    {
        if (Kill(processId, Number) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"Signal {Number} did not reach process {processId}");
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
