using System.Security.Cryptography;
using IslGateway.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// This gateway's place among those that share a Redis. A raise that Redis has not acknowledged waits in the memory of one gateway, where
/// the others cannot see it. So each shows a sign of life in Redis, and only while all its raises are acknowledged:
/// <code>
///   heartbeat   each 100 ms: make what is not acknowledged; only then beat. Redis notes its own time beside the gateway's name
///   base        each reply tells Redis's time. The next beat is carried out within <see cref="RedisSessions.SignLife"/> of that, or does
///               nothing: so one that arrives late shows no sign. The first one always is too late, and learns the time
///   lookup      session answers are safe while the sign of every gateway, this one too, is younger than that
///   lapse       an update's answer waits until its raise is acknowledged, or no sign of this gateway's can be left: twice that after a
///               reply
///   loss        where the set of gateways, or this one's name in it, has gone, or the server is another or has started anew, everyone's
///               token is replaced by the beat that finds it so; and those whom this gateway has met are missing until they are heard of
///   missing     a gateway that crashed is missed for <see cref="RedisSessions.MissingFor"/>. Then it is struck off, and as its raises are
///               lost everyone's token is replaced
///   secret      users' tokens are named under the secret of who came first. Who has another caches nothing and raises everyone's token
/// </code>
/// Checked as a model by spin: <c>tests/Models/sessions.pml</c>. It holds on these assumptions. A gateway that was struck off has ended:
/// one that lives on, cut off from a Redis that the others reach, makes updates that do not count at the others. So does one that has never
/// reached Redis. And where Redis loses the set, one of the gateways lives that have met the others. Session answers are fresh for five
/// minutes.
/// <para>Thread-safe.</para>
/// </summary>
internal sealed class Membership(TimeProvider time)
{
    /// <summary>From the reply that gave the base until no sign can be left; the rest is for rounding.</summary>
    public static readonly TimeSpan Lapse = (2 * RedisSessions.SignLife) + TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private IReadOnlyList<string> _met = [];
    private long _base;
    private long? _heardAt;
    private int _heardBreaks;
    private int? _inBreaks;
    private bool _isIn;

    /// <summary>The name of this process.</summary>
    public string Name { get; } = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>Whether no sign of this gateway can be left.</summary>
    public bool HasLapsed
    {
        get { lock (_gate) return Lapsed; }
    }

    private bool Lapsed => _heardAt is not { } at || time.GetElapsedTime(at) >= Lapse;

    /// <summary>Whether this gateway is among the others by this connection.</summary>
    /// <param name="breaks">How often the connection was lost or replaced.</param>
    public bool IsIn(int breaks)
    {
        lock (_gate) return _isIn && _inBreaks == breaks && !Lapsed;
    }

    /// <summary>
    /// Whether no sign of this gateway can be left but where this connection leads: what is acknowledged there, the others see.
    /// </summary>
    /// <param name="breaks">How often the connection was lost or replaced.</param>
    public bool IsHeard(int breaks)
    {
        lock (_gate) return _heardAt is not null && _heardBreaks == breaks;
    }

    /// <summary>
    /// The next heartbeat. Null: by another connection there may be another server, while the one before still shows the sign to others. To
    /// be asked for before it is seen that no raise waits: an update that comes later counts on what this one may show.
    /// </summary>
    /// <param name="secret">Tells secrets apart.</param>
    /// <param name="breaks">How often the connection was lost or replaced.</param>
    public SessionBeat? Next(string secret, int breaks)
    {
        lock (_gate)
        {
            if (breaks != _heardBreaks)
            {
                if (!Lapsed) return null;
                (_base, _heardBreaks) = (0, breaks);
            }

            return new SessionBeat(Name, secret, _base, _inBreaks is not null, _inBreaks is { } before && before != breaks, _met);
        }
    }

    /// <summary>Redis has replied just now.</summary>
    /// <param name="reply">What it said.</param>
    /// <param name="breaks">By which connection.</param>
    public void Hear(SessionBeatReply reply, int breaks)
    {
        lock (_gate)
        {
            (_base, _heardAt, _heardBreaks) = (reply.Now, time.GetTimestamp(), breaks);

            // Who only hears the time forgets nobody: Redis may have lost them all.
            if (reply.Standing is not { } standing) return;
            (_isIn, _inBreaks) = (true, breaks);
            _met = [.. standing.Gateways.Where(name => name != Name)];
        }
    }

    /// <summary>In good order: from here on no answer goes by this gateway's place.</summary>
    public void Leave()
    {
        lock (_gate) _isIn = false;
    }
}
