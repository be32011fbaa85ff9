using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.UnitTests.Caching.Sessions;

/// <summary>A Redis that acknowledges raises or does not.</summary>
internal sealed class ScriptedRaises : ISessionRaises
{
    public bool Acknowledges { get; set; } = true;

    public Action? Meanwhile { get; set; }

    public int Number { get; private set; }

    public IReadOnlyList<(Digest? User, bool IsUnsettled)> Last { get; private set; } = [];

    public TimeSpan UnsettledFor { get; private set; }

    public ValueTask<bool> RaiseAsync(string secret, IReadOnlyList<SessionRaise> raises, TimeSpan unsettledFor, bool isAwaited)
    {
        (Number, Last, UnsettledFor) = (Number + 1, [.. raises.Select(raise => (raise.User, raise.IsUnsettled))], unsettledFor);
        Meanwhile?.Invoke();
        return ValueTask.FromResult(Acknowledges);
    }
}
