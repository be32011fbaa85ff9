using System.Runtime.InteropServices;

namespace IslGateway.Commands;

/// <summary>
/// The first SIGTERM or SIGINT ends the process in good order, which is the host's business; a second of either ends it at once, with the
/// exit code that a shell gives a process that a signal ended: 128 + its number.
/// </summary>
internal sealed class SecondSignal : IDisposable
{
    /// <summary>Whoever does not read what is said does not hold the end up for longer.</summary>
    private static readonly TimeSpan Courtesy = TimeSpan.FromMilliseconds(500);

    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    public SecondSignal() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Heed(15)),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Heed(2)),
    ];

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void Heed(int number)
    {
        if (Interlocked.Increment(ref _signals) <= 1) return;
        var said = Task.Run(() =>
            Console.Error.WriteLine("IslGateway: a second signal: it ends at once, and what was under way is cut off."));
        _ = Task.WaitAny([said], Courtesy);
        Environment.Exit(128 + number);
    }
}
