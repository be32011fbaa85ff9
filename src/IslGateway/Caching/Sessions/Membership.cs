using System.Security.Cryptography;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// The gateways that share a Redis, as this one knows them. A raise that Redis has not acknowledged waits in the memory of one gateway, where
/// the others cannot see it. So each gateway stands on a roll and keeps a sign of life beside it, only while all its raises are acknowledged:
/// <code>
///   name      random "." mark "." number "~" secret      a new number at each entry: a name whose sign has gone never comes back
///             mark: see <see cref="ProcessMark"/>; secret: a digest of the secret that belief tokens are named under
///   enter     write what is pending, then the sign, then the name
///   each 100 ms   write what is pending; only then prolong the sign, if it is still there, by <see cref="Life"/>
///   lapse     an update's answer waits until its raise is acknowledged or the sign has surely gone
///   read      session answers are safe while every gateway on the roll, this one too, shows a sign and names tokens as this one does
/// </code>
/// Only one prolongation is ever under way. One that arrives late finds the sign either there, so that it lasts at most twice its life from
/// the last acknowledged one, or gone, and does nothing.
/// <para>
/// Where another gateway has another secret, its raises do not reach the tokens of this one. So nothing is safe while it is there, nor after it
/// until everyone's token has been raised.
/// </para>
/// <para>
/// A gateway whose process is seen to have ended is struck off at once. One on another machine or in another container cannot be seen; it is
/// struck off after <see cref="MissingFor"/>. That is weaker than the rest: it may live on, cut off from a Redis that the others reach. Updates
/// that pass it from then on do not count at the others. Nor do those of a gateway that has never reached Redis at all. Session answers are
/// fresh for five minutes.
/// </para>
/// Thread-safe.
/// </summary>
internal sealed class GatewayRoll(TimeProvider time)
{
    /// <summary>How long a sign lasts.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMilliseconds(400);

    /// <summary>From the last acknowledged sign until it has surely gone; the rest is for rounding.</summary>
    public static readonly TimeSpan Lapse = (2 * Life) + TimeSpan.FromMilliseconds(20);

    /// <summary>How long a gateway may be missing before it is struck off.</summary>
    public static readonly TimeSpan MissingFor = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly string _gateway = $"{RandomNumberGenerator.GetHexString(16, lowercase: true)}.{ProcessMark.Own}";
    private readonly Dictionary<string, long> _missing = [];
    private readonly Dictionary<string, long> _remembered = [];
    private string[] _members = [];
    private string? _self;
    private string? _entering;
    private string _secret = "";
    private long _mixtures;
    private bool _isMixed;
    private int _number;
    private long? _signedAt;

    /// <summary>This gateway's name while it stands on the roll.</summary>
    public string? Self
    {
        get { lock (_gate) return _self; }
    }

    /// <summary>Whether no sign of this gateway can be left, nor is about to be given.</summary>
    public bool HasLapsed
    {
        get { lock (_gate) return _entering is null && IsSignGone; }
    }

    /// <summary>One gateway that is missing.</summary>
    public string? Missing
    {
        get { lock (_gate) return _missing.Keys.Concat(_remembered.Keys).FirstOrDefault(); }
    }

    /// <summary>The names of this gateway that are left of earlier entries.</summary>
    public IReadOnlyList<string> Former
    {
        get { lock (_gate) return [.. _members.Where(name => GatewayOf(name) == _gateway && name != _self)]; }
    }

    /// <summary>The names of gateways that are missing and have ended, or have been missing for too long.</summary>
    public IReadOnlyList<string> Overdue
    {
        get
        {
            lock (_gate) return [.. _members.Where(name => _missing.TryGetValue(GatewayOf(name), out var since) && IsGone(name, time.GetElapsedTime(since)))];
        }
    }

    /// <summary>Whether a gateway with another secret stands on the roll, or stood there and nobody has raised everyone's token since.</summary>
    public bool IsMixed
    {
        get { lock (_gate) return _isMixed; }
    }

    /// <summary>Names a mixture that has passed: everyone's token is to be raised for it, then <see cref="EndMixture"/>. Null: there is none.</summary>
    public long? PassedMixture
    {
        get { lock (_gate) return _isMixed && !_members.Any(IsForeign) ? _mixtures : null; }
    }

    private bool IsSignGone => _signedAt is not { } at || time.GetElapsedTime(at) >= Lapse;

    /// <summary>
    /// Gives a name to enter by once the old sign has gone; null before. From here on no answer goes out on the strength of that: its raise would
    /// be written by nobody, if the entry began before it came and ended after.
    /// </summary>
    /// <param name="secret">A digest of the secret that this gateway names tokens under: hexadecimal.</param>
    public string? BeginEntry(string secret)
    {
        lock (_gate)
        {
            if (!IsSignGone) return null;
            _secret = secret;
            return _entering = $"{_gateway}.{++_number}~{secret}";
        }
    }

    /// <summary>The first sign was acknowledged just now. False if the entry was given up before: the name must not come onto the roll.</summary>
    public bool TrySign(string name)
    {
        lock (_gate)
        {
            if (_entering != name) return false;
            _signedAt = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>A prolongation was acknowledged just now.</summary>
    public void Signed()
    {
        lock (_gate) _signedAt = time.GetTimestamp();
    }

    /// <summary>The entry has ended.</summary>
    /// <param name="name">The name that <see cref="BeginEntry"/> gave.</param>
    /// <param name="entered">Whether it is on the roll.</param>
    public void EndEntry(string name, bool entered)
    {
        lock (_gate)
        {
            _entering = null;
            if (entered) _self = name;
        }
    }

    /// <summary>The name may no longer be there, nor what Redis knew: the others are missing until they are seen again.</summary>
    public void Lose()
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            if (_self is null) return;
            _self = null;
            foreach (var gateway in Others(_members)) _remembered[gateway] = now;
        }
    }

    /// <summary>The names whose sign to ask for.</summary>
    public IReadOnlyList<string> ToAsk()
    {
        lock (_gate) return _self is null ? _members : [.. _members.Append(_self).Distinct()];
    }

    /// <summary>
    /// Takes in the roll as it was read, unless the standing that it was read by is over: what comes late says nothing of the Redis of now.
    /// </summary>
    /// <param name="by">The name that this gateway had, or was entering by, when it asked.</param>
    /// <param name="members">The names on it.</param>
    /// <param name="present">Those among them that showed a sign.</param>
    public void Observe(string by, IReadOnlyList<string> members, IReadOnlySet<string> present)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            if (by != _self && by != _entering) return;
            _members = [.. members];
            if (members.Any(IsForeign))
            {
                _isMixed = true;
                _mixtures++;
            }

            var others = Others(members);
            foreach (var gateway in others)
            {
                _remembered.Remove(gateway);
                if (IsPresent(gateway, present)) _missing.Remove(gateway);
                else _missing.TryAdd(gateway, now);
            }

            // One that left in good order took its name away; after a loss the name may be lost as well.
            foreach (var gateway in _missing.Keys.Where(gateway => !others.Contains(gateway)).ToList()) _missing.Remove(gateway);
            foreach (var (gateway, since) in _remembered.ToList())
            {
                if (IsGone(gateway, time.GetElapsedTime(since, now))) _remembered.Remove(gateway);
            }
        }
    }

    /// <summary>Everyone's token was raised after a mixture; one that has been seen since is another.</summary>
    public void EndMixture(long mixture)
    {
        lock (_gate)
        {
            if (_mixtures == mixture) _isMixed = false;
        }
    }

    /// <summary>Whether every gateway shows a sign, and none has another secret: then no raise waits anywhere that an answered update depends on.</summary>
    /// <param name="self">The name that this gateway had when it asked.</param>
    /// <param name="members">The names on the roll.</param>
    /// <param name="present">Those that showed a sign.</param>
    public bool IsComplete(string self, IReadOnlyList<string> members, IReadOnlySet<string> present)
    {
        lock (_gate)
        {
            if (_self != self || !members.Contains(self) || !present.Contains(self)) return false;
            if (_isMixed || members.Any(IsForeign)) return false;
            var others = Others(members);
            return others.All(gateway => IsPresent(gateway, present)) && _remembered.Keys.All(others.Contains);
        }
    }

    /// <summary>Whether nobody need wait for a missing gateway any longer.</summary>
    private static bool IsGone(string gateway, TimeSpan missing) =>
        missing >= MissingFor || (gateway.Split('.') is [_, var mark, ..] && ProcessMark.IsOfTheDead(mark));

    private bool IsForeign(string name) => name.LastIndexOf('~') is var at && (at < 0 || name[(at + 1)..] != _secret);

    private HashSet<string> Others(IEnumerable<string> members) => [.. members.Select(GatewayOf).Where(gateway => gateway != _gateway)];

    private static bool IsPresent(string gateway, IReadOnlySet<string> present) => present.Any(name => GatewayOf(name) == gateway);

    private static string GatewayOf(string name) => name.LastIndexOf('.') is var dot and >= 0 ? name[..dot] : name;
}
