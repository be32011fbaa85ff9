using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Upstream;

namespace IslGateway.Operations.Explain;

/// <summary>What was found out about one request: facts, from the code that would have served it.</summary>
internal sealed class Explained : IDisposable
{
    /// <summary>The request on its journey, ended before anything is sent or stored.</summary>
    public required CacheContext Context { get; init; }

    /// <summary>Why it goes past the cache; <c>None</c>: it does not.</summary>
    public Reason Bypass { get; set; }

    /// <summary>Its keys; null if it has none.</summary>
    public CacheTicket? Ticket { get; set; }

    /// <summary>Why its body cannot be read exactly, where that is why it goes past the cache.</summary>
    public BodyFault? Fault { get; set; }

    /// <summary>What the look-up finds.</summary>
    public CacheHit? Hit { get; set; }

    /// <summary>Whether ISL is known to accept its credential, and how long ago it did.</summary>
    public CredentialStanding Standing { get; set; } = CredentialStanding.Unknown;

    /// <summary>Age of the proof; the largest if there is none.</summary>
    public TimeSpan ProofAge { get; set; } = TimeSpan.MaxValue;

    /// <summary>
    /// The epochs that the look-up tries, and whether anything is stored under each; null where it cannot be named any more.
    /// </summary>
    public IReadOnlyList<(Epoch? Epoch, bool IsStored)> Epochs { get; set; } = [];

    /// <summary>Epochs that ISL had before, under which the same request has an answer.</summary>
    public IReadOnlyList<Epoch> EarlierEpochs { get; set; } = [];

    /// <summary>Other credentials that callers lately sent: how many were tried, and for how many this memory has an answer.</summary>
    public (int Tried, int Stored) OtherCredentials { get; set; }

    /// <summary>Whether Redis was there to be asked; null: there is none.</summary>
    public bool? RedisAnswered { get; set; }

    /// <summary>Whether ISL would not be asked now, and why.</summary>
    public UpstreamRefusal? Refusal { get; set; }

    /// <summary>Whether the answer was oversize a short time ago, so that no call for it is shared.</summary>
    public bool IsOversize { get; set; }

    /// <summary>Why the latest fill of its key was not stored.</summary>
    public (Reason Reason, int? Status, TimeSpan Age)? LastFill { get; set; }

    /// <summary>The key under the most recently confirmed epoch.</summary>
    public Digest? Key => Ticket is { Epochs: [var newest, ..] } ? Ticket.Keys.Under(newest) : null;

    /// <summary>Gives the body's buffers back.</summary>
    public void Dispose() => Context.Body?.Dispose();
}
