using System.Runtime.InteropServices;

namespace IslGateway.Commands;

/// <summary>
/// The first SIGTERM or SIGINT ends the process in good order, which is the host's business; a second of either ends it at once, with the
/// exit code that a shell gives a process that a signal ended: 128 + its number.
/// </summary>
internal sealed class SecondSignal : IDisposable
{
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
        if (Interlocked.Increment(ref _signals) > 1) Environment.Exit(128 + number);
    }
}
