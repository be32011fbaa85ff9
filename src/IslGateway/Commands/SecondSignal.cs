using System.Runtime.InteropServices;

namespace IslGateway.Commands;

/// <summary>
/// The first SIGTERM or SIGINT stops the gateway in order, which the host does. A second one ends the process at once, with the exit code
/// that shells use for a process ended by a signal: 128 + its number.
/// </summary>
internal sealed class SecondSignal : IDisposable
{
    /// <summary>How long the message may take: an output that nobody reads must not delay the end.</summary>
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
